package database

import (
	"context"
	"database/sql"
)

// WriteGuarded is Write for transactions that guard themselves: by unique keys, by locking the rows they work for, and by
// naming in each UPDATE the version they read. On PostgreSQL they run at READ COMMITTED, since a serialisable transaction
// that reads thousands of rows is taken to collide with every other one. It sees what others commit while it runs.
func (db *DB) WriteGuarded(ctx context.Context, do func(context.Context, *Tx) error) error {
	options := &sql.TxOptions{}
	attempt := func() error { return db.once(ctx, db.writer, options, do) }
	var err error
	if db.engine == PostgreSQL {
		// They stand in no writer's way, and take no place.
		options.Isolation = sql.LevelReadCommitted
		err = attempt()
	} else {
		err = db.beside(ctx, db.ownShare(), attempt)
	}
	if isWorthAnother(err) {
		err = db.again(ctx, options, do)
	}
	if err == nil {
		db.commits.tell()
	}
	return translate(ctx, err)
}
