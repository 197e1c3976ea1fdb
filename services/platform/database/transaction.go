package database

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// A write transaction that collides with another is run again this often at the most, waiting longer each time.
const (
	writeAttempts = 12
	firstBackoff  = 2 * time.Millisecond
	mostBackoff   = 250 * time.Millisecond
)

// Write runs do in one serialisable write transaction: all of it is committed, durably, or nothing. When the engine
// refuses it for colliding with another transaction it is run again, a bounded number of times, so do must have no
// effect but through the transaction.
func (db *DB) Write(ctx context.Context, do func(context.Context, *Tx) error) error {
	backoff := firstBackoff
	for attempt := 1; ; attempt++ {
		err := db.once(ctx, db.writer, &sql.TxOptions{Isolation: db.writeIsolation()}, do)
		if err == nil {
			db.commits.tell()
			return nil
		}
		if !isCollision(err) || attempt == writeAttempts {
			return translate(err)
		}
		select {
		case <-ctx.Done():
			return translate(ctx.Err())
		case <-time.After(backoff/2 + rand.N(backoff)):
		}
		backoff = min(2*backoff, mostBackoff)
	}
}

// Read runs do in one read-only transaction that sees a single consistent snapshot.
func (db *DB) Read(ctx context.Context, do func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if db.engine == PostgreSQL {
		options.Isolation = sql.LevelRepeatableRead
	}
	return translate(db.once(ctx, db.reader, options, do))
}

// writeIsolation is serialisable on PostgreSQL; a SQLite write transaction is so by holding the only write lock.
func (db *DB) writeIsolation() sql.IsolationLevel {
	if db.engine == PostgreSQL {
		return sql.LevelSerializable
	}
	return sql.LevelDefault
}

func (db *DB) once(ctx context.Context, pool *sql.DB, options *sql.TxOptions, do func(context.Context, *Tx) error) (err error) {
	connection, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the store: %w", err)
	}
	// Giving a connection back fails only if that was done already.
	defer func() { _ = connection.Close() }()
	tx, err := connection.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			// The outcome is decided already; a rollback that fails leaves the engine to roll back by itself.
			_ = tx.Rollback()
		}
	}()
	if err := do(ctx, &Tx{Tx: tx, Engine: db.engine, connection: connection}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	committed = true
	return nil
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
