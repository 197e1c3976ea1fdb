package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// A write transaction that collides with another is retried for this long, with exponential
// backoff. The limit is a time rather than a count, because writers of several replicas that
// compete for a row lose at random, any number of times.
const (
	writeRetryTime = 10 * time.Second
	firstBackoff   = time.Millisecond
	maxBackoff     = 100 * time.Millisecond
	// sharedRetries is how many retries run beside other writers.
	sharedRetries = 3
	// maxLosses limits the retries after lost connections, since the transaction itself may be the
	// cause.
	maxLosses  = 3
	allWriters = 1 << 20
)

// Write runs do in one serializable write transaction, which is durable when Write returns nil. If
// the transaction collides with another one, or the connection is lost before the commit, it is
// retried for a limited time, so do must have no side effects beyond the transaction. Callers that
// keep colliding take turns. If the connection is lost during the commit, the outcome is unknown, and
// the error says so. On a schema that does not fit this program, no transaction runs. Transactions that
// wait for one another are committed together; see Long for those that shall not be. On PostgreSQL, only
// those of InTurn wait.
func (db *DB) Write(ctx context.Context, do func(context.Context, *Tx) error) (err error) {
	if err := db.checkFit(ctx); err != nil {
		return err
	}
	ctx, done := db.measure(ctx, writing)
	defer func() { done(err) }()
	if g := db.groupsOf(ctx); g != nil {
		if err = db.inGroup(ctx, g, do); err == nil {
			return nil // it is durable, and so is all that it saw
		}
		if !isRetryable(err) {
			return db.answer(ctx, err)
		}
	}
	leave, waitErr := db.turns.wait(ctx)
	if waitErr != nil {
		return waitErr
	}
	defer leave()
	options := &sql.TxOptions{Isolation: db.writeIsolation()}
	if err == nil { // it is no member of a group
		err = db.withShare(ctx, 1, func() (outcome, error) { return db.once(ctx, db.writer, options, do) })
	}
	if isRetryable(err) {
		err = db.retry(ctx, options, do)
	}
	return db.answerWrite(ctx, err)
}

// answer returns the error of a transaction when all that it may rest on is durable.
func (db *DB) answer(ctx context.Context, err error) error {
	return db.answerAfter(ctx, db.log.last(), err)
}

// answerAfter is answer for a transaction that rests on a commit and those before it alone.
func (db *DB) answerAfter(ctx context.Context, commit uint64, err error) error {
	if failed := db.log.awaitCommit(ctx, commit); failed != nil && !isUnkept(err) {
		err = failed
	}
	return translate(ctx, err)
}

// answerWrite is answer for a transaction that is durable if it has no error, and so is all that it saw.
func (db *DB) answerWrite(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	return db.answer(ctx, err)
}

// retry repeats a transaction until it succeeds or fails for good. The first times it runs beside the other writers of this
// process: PostgreSQL also refuses transactions that only seem to collide, because rows that they read and write share a
// page, and these succeed then. After that it excludes the others, though not those of other replicas.
func (db *DB) retry(ctx context.Context, options *sql.TxOptions, do func(context.Context, *Tx) error) (err error) {
	backoff, losses, passedOver := firstBackoff, 0, 0
	for tries, started := 0, time.Now(); time.Since(started) < writeRetryTime && losses < maxLosses; tries++ {
		share := int64(1)
		if tries >= sharedRetries {
			share = allWriters
		}
		db.retried()
		err = db.withShare(ctx, share, func() (outcome, error) { return db.once(ctx, db.writer, options, do) })
		if !isRetryable(err) {
			return err
		}
		if isUnbegun(err) && passedOver < db.connections {
			passedOver++ // the next connection of the pool may not be cut
			continue
		}
		if isLost(err) {
			losses++
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(backoff)):
		}
		backoff = min(2*backoff, maxBackoff)
	}
	return err
}

// withShare runs do while it holds a share of db.writers, and waits for its outcome afterwards; allWriters excludes all others. Shares
// are granted in order of arrival. SQLite has a single writer, so there every share is the turn to write.
func (db *DB) withShare(ctx context.Context, share int64, do func() (outcome, error)) error {
	if db.engine == SQLite {
		return outcomeOf(db.alone(ctx, do))
	}
	if err := db.writers.Acquire(ctx, share); err != nil {
		return err
	}
	defer db.writers.Release(share)
	return outcomeOf(do())
}

// outcome makes the commit of a transaction durable, tells others of it, and returns what came of it.
type outcome func() error

// outcomeOf returns what came of a transaction that once has run.
func outcomeOf(ran outcome, err error) error {
	if err != nil {
		return err
	}
	return ran()
}

// Read runs do in a read-only transaction on one consistent snapshot. What do has read may be passed on when Read returns, not before: on
// SQLite, it may not be durable yet. See Stream.
func (db *DB) Read(ctx context.Context, do func(context.Context, *Tx) error) (err error) {
	if err := db.checkFit(ctx); err != nil {
		return err
	}
	ctx, done := db.measure(ctx, reading)
	defer func() { done(err) }()
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == PostgreSQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	return db.answer(ctx, outcomeOf(db.once(ctx, db.reader, options, do)))
}

// Stream is Read for a do that passes on what it reads while it runs.
func (db *DB) Stream(ctx context.Context, do func(context.Context, *Tx) error) error {
	return db.Read(ctx, func(ctx context.Context, tx *Tx) error {
		if err := db.awaitSnapshot(ctx, tx); err != nil {
			return err
		}
		return do(ctx, tx)
	})
}

// awaitSnapshot has a transaction on SQLite begin to read, and waits until what it sees is durable.
func (db *DB) awaitSnapshot(ctx context.Context, tx *Tx) error {
	if db.engine != SQLite {
		return nil
	}
	if err := tx.connection.Raw(func(own any) error {
		opened, ok := own.(*connection)
		if !ok {
			return fmt.Errorf("%T is not a connection to SQLite", own)
		}
		return opened.run("SELECT 1 FROM sqlite_schema LIMIT 1")
	}); err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	return db.log.await(ctx)
}

// writeIsolation returns the isolation level of write transactions. On SQLite they are serializable
// because they hold the only write lock.
func (db *DB) writeIsolation() sql.IsolationLevel {
	if db.engine == PostgreSQL {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

// once runs a transaction. What came of it is known, and others learn of it, when the caller has called outcome, which may wait for a sync.
func (db *DB) once(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(context.Context, *Tx) error) (outcome, error) {
	connection, tx, err := db.begin(ctx, pool, options)
	if err != nil {
		return nil, err
	}
	// Close fails only if the connection was closed already.
	defer func() { _ = connection.Close() }()
	// After a commit it does nothing. Otherwise the outcome is already decided; if the rollback fails, the engine rolls back by itself.
	defer func() { _ = tx.Rollback() }()
	own := &Tx{
		Statements: tx, Engine: db.engine, Secrets: db.secrets, connection: connection,
		pipelined: db.engine == PostgreSQL && options.Isolation == sql.LevelSerializable && !isAtOnce(ctx),
	}
	if err := do(ctx, own); err != nil {
		return nil, db.classify(ctx, connection, err, false)
	}
	if options.ReadOnly {
		err := db.committing(ctx, connection, tx.Commit())
		return func() error { return err }, nil
	}
	began, number := time.Now(), uint64(0)
	err = db.committing(ctx, connection, db.log.commit(&number, tx.Commit))
	return func() error {
		switch kept := db.log.keep(number); { // a commit that failed has a number, too, for which others may wait
		case err != nil:
			return err
		case kept != nil:
			return &unkeptError{kept}
		}
		db.committed(1, own.told, time.Since(began))
		return nil
	}, nil
}

// committing returns the error of a transaction whose commit ended with err.
func (db *DB) committing(ctx context.Context, connection *sql.Conn, err error) error {
	if err == nil {
		return nil
	}
	var uncommitted *uncommittedError
	return db.classify(ctx, connection, fmt.Errorf("committing: %w", err), !errors.As(err, &uncommitted))
}

// begin begins a transaction. It skips pooled connections that were cut while idle.
func (db *DB) begin(ctx context.Context, pool *sql.DB, options *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for passedOver := 0; ; passedOver++ {
		connection, err := pool.Conn(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("connecting to the store: %w", err)
		}
		tx, err := connection.BeginTx(context.WithValue(ctx, syncedLaterKey{}, true), options)
		if err == nil {
			return connection, tx, nil
		}
		err = db.classify(ctx, connection, fmt.Errorf("beginning a transaction: %w", err), false)
		_ = connection.Close() // it was not used
		if !isLost(err) || passedOver >= db.connections {
			return nil, nil, err
		}
	}
}

// classify wraps err in a lostError if it left the connection closed, which means that the server
// was stopped, killed or cut off. It closes one whose prepared statements a pooler has lost.
func (db *DB) classify(ctx context.Context, connection *sql.Conn, err error, committing bool) error {
	if ended := ctx.Err(); ended != nil {
		if errors.Is(err, sql.ErrTxDone) { // database/sql rolls back when ctx ends, and then knows only that
			return fmt.Errorf("%w: %w", err, ended)
		}
		return err
	}
	if db.engine != PostgreSQL {
		return err
	}
	gone, unbegun := false, false
	rawErr := connection.Raw(func(own any) error {
		opened, ok := own.(*postgres)
		if ok && isForgotten(err) {
			_ = opened.native().Close(ctx) // it is not used again
		}
		gone = ok && opened.native().IsClosed()
		unbegun = gone && opened.unbegun()
		return nil
	})
	if gone || errors.Is(rawErr, driver.ErrBadConn) || errors.Is(rawErr, sql.ErrConnDone) {
		return &lostError{err, committing, unbegun}
	}
	return err
}
