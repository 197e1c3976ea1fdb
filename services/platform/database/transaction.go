package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// A write transaction that collides with another is run again for this long, waiting longer each time. The bound is a
// time and no number: writers of several replicas that meet on one row lose to each other at random, however often.
const (
	writePatience = 10 * time.Second
	firstBackoff  = time.Millisecond
	mostBackoff   = 100 * time.Millisecond
	// mostLosses is how often it is run again after its connection was lost, which it may itself be the cause of.
	mostLosses = 3
	allWriters = 1 << 20
)

// Write runs do in one serialisable write transaction: all of it is committed, durably, or nothing. When the engine
// refuses it for colliding with another transaction, or its connection is lost before the commit, it is run again, for a
// bounded time, so do must have no effect but through the transaction. Run again it has this process's writers
// to itself: callers that keep meeting on the same rows pass one after the other instead of refusing each other until one
// gives up. Where the connection is lost during the commit nobody knows the outcome, and the error says so.
func (db *DB) Write(ctx context.Context, do func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{Isolation: db.writeIsolation()}
	err := db.beside(ctx, db.ownShare(), func() error { return db.once(ctx, db.writer, options, do) })
	if isWorthAnother(err) {
		err = db.again(ctx, options, do)
	}
	if err == nil {
		db.commits.tell()
	}
	return translate(ctx, err)
}

// again runs a transaction that failed for the moment until it passes, alone in this process; other replicas may still be met.
func (db *DB) again(ctx context.Context, options *sql.TxOptions, do func(context.Context, *Tx) error) error {
	return db.beside(ctx, allWriters, func() (err error) {
		backoff, losses := firstBackoff, 0
		for started := time.Now(); time.Since(started) < writePatience && losses < mostLosses; {
			if err = db.once(ctx, db.writer, options, do); !isWorthAnother(err) {
				return err
			}
			if isLost(err) {
				losses++
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(rand.N(backoff)):
			}
			backoff = min(2*backoff, mostBackoff)
		}
		return err
	})
}

// ownShare is what one write transaction takes of the writers' places: all on SQLite, which has one writer, so that who asked
// first writes first. The connection pool alone would choose at random.
func (db *DB) ownShare() int64 {
	if db.engine == SQLite {
		return allWriters
	}
	return 1
}

// beside runs do while it holds a share of the writers' places; allWriters leaves none to others. Who asked first gets
// its share first.
func (db *DB) beside(ctx context.Context, share int64, do func() error) error {
	if err := db.writers.Acquire(ctx, share); err != nil {
		return err
	}
	defer db.writers.Release(share)
	return do()
}

// Read runs do in one read-only transaction that sees a single consistent snapshot.
func (db *DB) Read(ctx context.Context, do func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == PostgreSQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	return translate(ctx, db.once(ctx, db.reader, options, do))
}

// writeIsolation is serialisable on PostgreSQL; a SQLite write transaction is so by holding the only write lock.
func (db *DB) writeIsolation() sql.IsolationLevel {
	if db.engine == PostgreSQL {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

func (db *DB) once(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(context.Context, *Tx) error) (err error) {
	connection, tx, err := db.begin(ctx, pool, options)
	if err != nil {
		return err
	}
	// Giving a connection back fails only if that was done already.
	defer func() { _ = connection.Close() }()
	committed := false
	defer func() {
		if !committed {
			// The outcome is decided already; a rollback that fails leaves the engine to roll back by itself.
			_ = tx.Rollback()
		}
	}()
	if err := do(ctx, &Tx{Tx: tx, Engine: db.engine, connection: connection}); err != nil {
		return db.told(ctx, connection, err, false)
	}
	if err := tx.Commit(); err != nil {
		return db.told(ctx, connection, fmt.Errorf("committing: %w", err), true)
	}
	committed = true
	return nil
}

// begin begins a transaction. Connections that were cut while they lay in the pool are passed over.
func (db *DB) begin(ctx context.Context, pool *sql.DB, options *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for passedOver := 0; ; passedOver++ {
		connection, err := pool.Conn(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("connecting to the store: %w", err)
		}
		tx, err := connection.BeginTx(ctx, options)
		if err == nil {
			return connection, tx, nil
		}
		err = db.told(ctx, connection, fmt.Errorf("beginning a transaction: %w", err), false)
		_ = connection.Close() // it was not used
		if !isLost(err) || passedOver >= postgresConnections {
			return nil, nil, err
		}
	}
}

// told is what an error on a connection says: that the connection is lost, where it is. Whatever the error's text, the
// server was stopped, killed or cut off then.
func (db *DB) told(ctx context.Context, connection *sql.Conn, err error, committing bool) error {
	if db.engine != PostgreSQL || ctx.Err() != nil {
		return err
	}
	gone := false
	rawErr := connection.Raw(func(own any) error {
		postgres, ok := own.(*stdlib.Conn)
		gone = ok && postgres.Conn().IsClosed()
		return nil
	})
	if gone || errors.Is(rawErr, driver.ErrBadConn) || errors.Is(rawErr, sql.ErrConnDone) {
		return &lostError{err, committing}
	}
	return err
}

// Committed is a channel that is closed at the next write transaction this process commits on the store.
func (db *DB) Committed() <-chan struct{} { return db.commits.next() }

// signal tells any number of waiters that something happened.
type signal struct {
	mu      sync.Mutex
	waiters chan struct{}
}

func (s *signal) next() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters == nil {
		s.waiters = make(chan struct{})
	}
	return s.waiters
}

func (s *signal) tell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiters != nil {
		close(s.waiters)
		s.waiters = nil
	}
}
