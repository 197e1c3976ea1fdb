package database

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// exclusiveKey is the PostgreSQL advisory lock of Exclusively, a number that goose does not use.
const exclusiveKey = 7_305_521_903_117_440_562

// exclusivePoll is how often a waiting caller of Exclusively tries to get the lock.
const exclusivePoll = 50 * time.Millisecond

// Exclusively runs do while it holds a lock on the store that excludes other callers of Exclusively, in this
// process or another: an advisory lock on PostgreSQL, a lock file on SQLite. It serves for work
// that only one of several starting replicas may do.
func (db *DB) Exclusively(ctx context.Context, do func(context.Context) error) (err error) {
	if db.engine == SQLite {
		unlock, err := lockFile(ctx, db.file+".alone")
		if err != nil {
			return err
		}
		return errors.Join(do(ctx), unlock())
	}
	connection, err := db.writer.Conn(ctx)
	if err != nil {
		return translate(ctx, fmt.Errorf("connecting to the store: %w", err))
	}
	// If unlocking fails, closing the connection releases the lock.
	defer func() { err = errors.Join(err, connection.Close()) }()
	for {
		var locked bool
		if err := connection.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(exclusiveKey)).Scan(&locked); err != nil {
			return translate(ctx, fmt.Errorf("waiting for the exclusive lock of the store: %w", err))
		}
		if locked {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(exclusivePoll):
		}
	}
	err = do(ctx)
	if _, unlockErr := connection.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(exclusiveKey)); err == nil && unlockErr != nil {
		err = translate(ctx, fmt.Errorf("releasing the exclusive lock of the store: %w", unlockErr))
	}
	return err
}
