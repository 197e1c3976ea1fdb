package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/continuo-billing/continuo/services/platform/durable"
)

// Backup copies a SQLite store to a new file at path, while the store is served: the copy holds
// every transaction that was committed when Backup began, and writers do not wait for it. The file
// is readable by its user alone, and durable when Backup returns nil; otherwise there is none.
// Backup fails if path exists. A PostgreSQL store is backed up by PostgreSQL's own tools.
func (db *DB) Backup(ctx context.Context, path string) (err error) {
	if db.engine != SQLite {
		return fmt.Errorf("a PostgreSQL store is backed up by PostgreSQL's own tools, such as pg_dump")
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backing up to %s: %w", path, errors.Join(err, fs.ErrExist))
	}
	// SQLite writes into an empty file that exists, and leaves its mode alone.
	partial, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("making the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(partial.Name()))
		}
	}()
	if err := errors.Join(db.copyInto(ctx, partial.Name()), partial.Sync(), partial.Close()); err != nil {
		return fmt.Errorf("backing up %s: %w", db.file, err)
	}
	// Unlike a rename, a link never replaces a file that was made meanwhile.
	if err := os.Link(partial.Name(), path); err != nil {
		return fmt.Errorf("naming the backup: %w", err)
	}
	if err := os.Remove(partial.Name()); err != nil {
		return fmt.Errorf("naming the backup: %w", err)
	}
	return durable.SyncFolder(filepath.Dir(path))
}

// copyInto copies the store into an empty file, from one snapshot. The connection is its own, so that
// it keeps neither the writer nor a reader of the store busy.
func (db *DB) copyInto(ctx context.Context, path string) (err error) {
	pool, err := openPool(db.file, 1, nil, "deferred")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	_, err = pool.ExecContext(ctx, `VACUUM INTO $1`, path)
	return err
}
