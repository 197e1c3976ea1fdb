package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	beginSerializable = "BEGIN ISOLATION LEVEL SERIALIZABLE"
	commitTransaction = "COMMIT"
	// readByIndex keeps PostgreSQL from reading whole tables; see ByIndex.
	readByIndex = "SET LOCAL enable_seqscan = off"
)

// BeginTx begins a transaction. A serializable one that writes begins with its first statement.
func (c *postgres) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	c.pipeline = pipeline{}
	if options.ReadOnly {
		return c.Conn.BeginTx(ctx, options)
	}
	if sql.IsolationLevel(options.Isolation) != sql.LevelSerializable {
		begun, err := c.Conn.BeginTx(ctx, options)
		c.writes = true
		return guardedTx{begun, ctx, c}, err
	}
	c.pipeline = pipeline{lazy: true, open: true, writes: true, unsent: []unsent{{text: beginSerializable}}}
	if ctx.Value(byIndexKey{}) != nil {
		c.unsent = append(c.unsent, unsent{text: readByIndex})
	}
	return postgresTx{ctx, c}, nil
}

// guardedTx is a transaction of WriteGuarded.
type guardedTx struct {
	driver.Tx
	ctx context.Context
	of  *postgres
}

// Commit tells what the transaction has changed, and commits it.
func (t guardedTx) Commit() error {
	if told := t.of.touched.text(); told != "" {
		if _, err := t.of.native().Exec(t.ctx, tellChanged, told); err != nil {
			return errors.Join(&uncommittedError{fmt.Errorf("telling what has changed: %w", err)}, t.Rollback())
		}
	}
	return t.Tx.Commit()
}

// postgresTx is a serializable transaction.
type postgresTx struct {
	ctx context.Context
	of  *postgres
}

// uncommittedError is the error of a commit that was certainly not made.
type uncommittedError struct{ cause error }

func (e *uncommittedError) Error() string { return e.cause.Error() }
func (e *uncommittedError) Unwrap() error { return e.cause }

// Commit sends what was not sent yet together with the COMMIT, which the server skips if one of the statements
// fails. BEGIN is never sent with the COMMIT, so that a connection that was cut while idle is noticed before.
func (t postgresTx) Commit() error {
	c := t.of
	c.release()
	if !c.begun {
		if err := c.flush(t.ctx); err != nil {
			return errors.Join(&uncommittedError{err}, t.Rollback())
		}
	}
	if err := c.usable(); err != nil {
		return errors.Join(&uncommittedError{err}, t.Rollback())
	}
	if err := c.commit(t.ctx); err != nil {
		_ = t.Rollback() // it is decided already; if this fails, the connection is closed
		return err
	}
	c.pipeline = pipeline{}
	return nil
}

// commit sends the unsent statements and COMMIT in one round trip.
func (c *postgres) commit(ctx context.Context) error {
	if told := c.touched.text(); told != "" {
		c.unsent = append(c.unsent, unsent{text: tellChanged, args: []any{told}})
	}
	batch, sent := &pgx.Batch{}, c.unsent
	for _, statement := range sent {
		batch.Queue(statement.checked(), statement.args...)
	}
	batch.Queue(commitTransaction)
	c.unsent, c.ahead = nil, nil
	results := c.native().SendBatch(ctx, batch)
	for _, statement := range sent {
		if _, err := results.Exec(); err != nil {
			before := isBeforeCommit(err)
			err = c.end(results, statement.failure(err))
			if before {
				return &uncommittedError{err}
			}
			return err
		}
	}
	tag, err := results.Exec()
	err = c.end(results, err)
	if err == nil && tag.String() == "ROLLBACK" {
		return &uncommittedError{pgx.ErrTxCommitRollback}
	}
	if err != nil && (pgconn.SafeToRetry(err) || isForgotten(err)) {
		return &uncommittedError{err}
	}
	return err
}

// isBeforeCommit reports whether the error of a statement that was sent before the COMMIT shows that the server
// did not come to that: the server refused the statement, or nothing was sent.
func isBeforeCommit(err error) bool {
	var pg *pgconn.PgError
	var unprepared pgx.ErrPreprocessingBatch
	return errors.As(err, &pg) || errors.As(err, &unprepared) || pgconn.SafeToRetry(err)
}

// Rollback undoes the transaction.
func (t postgresTx) Rollback() error {
	c := t.of
	c.pipeline = pipeline{lazy: true, begun: c.begun}
	if c.native().IsClosed() {
		return net.ErrClosed
	}
	if c.native().PgConn().TxStatus() == 'I' {
		return nil
	}
	_, err := c.native().Exec(t.ctx, "ROLLBACK")
	if err != nil {
		err = errors.Join(err, c.native().Close(t.ctx))
	}
	return err
}

// unbegun reports whether the BEGIN of a serializable transaction was not answered.
func (c *postgres) unbegun() bool { return c.lazy && !c.begun }
