package database

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// aloneKey is the advisory lock of Alone on PostgreSQL, a number of our own that goose does not take.
const aloneKey = 7_305_521_903_117_440_562

// alonePoll is how often a caller of Alone looks whether its turn has come.
const alonePoll = 50 * time.Millisecond

// Alone runs do while no other caller of Alone, in this process or another, works on the same store: on PostgreSQL by an
// advisory lock, on SQLite by a lock file beside the store. It is for what replicas that start together must do once.
func (db *DB) Alone(ctx context.Context, do func(context.Context) error) (err error) {
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
	// Should it not be unlocked, the lock goes with the connection.
	defer func() { err = errors.Join(err, connection.Close()) }()
	for {
		var locked bool
		if err := connection.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1)`, int64(aloneKey)).Scan(&locked); err != nil {
			return translate(ctx, fmt.Errorf("waiting to be alone on the store: %w", err))
		}
		if locked {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(alonePoll):
		}
	}
	err = do(ctx)
	if _, unlockErr := connection.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(aloneKey)); err == nil && unlockErr != nil {
		err = translate(ctx, fmt.Errorf("letting others on the store: %w", unlockErr))
	}
	return err
}
