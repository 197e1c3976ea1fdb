package database

import (
	"context"
	"database/sql"
)

// WriteGuarded is like Write, for transactions that protect themselves: with unique keys, by
// locking rows, and by checking in each UPDATE the version they read. On PostgreSQL they run at
// READ COMMITTED, since a serializable transaction that reads thousands of rows collides with
// almost every other one. They see what others commit while they run. On SQLite they are long
// transactions; see Long.
func (db *DB) WriteGuarded(ctx context.Context, do func(context.Context, *Tx) error) (err error) {
	if err := db.checkFit(ctx); err != nil {
		return err
	}
	ctx, done := db.measure(ctx, writing)
	defer func() { done(err) }()
	options := &sql.TxOptions{}
	attempt := func() (outcome, error) { return db.once(ctx, db.writer, options, do) }
	if db.engine == PostgreSQL {
		// They do not collide with other writers, so they need no share of db.writers.
		options.Isolation = sql.LevelReadCommitted
		err = outcomeOf(attempt())
	} else {
		err = db.withShare(ctx, 1, attempt)
	}
	if isRetryable(err) {
		err = db.retry(ctx, options, do)
	}
	return db.answerWrite(ctx, err)
}
