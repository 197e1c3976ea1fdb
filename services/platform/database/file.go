package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// privateFile is the mode of a store's files: only the user of the program may read what customers
// owe. SQLite gives its other files the mode of the database file.
const privateFile fs.FileMode = 0o600

// prepareFile creates a SQLite file with its folder, and takes the rights of others away from one
// that exists. It fails if the file cannot be written.
func prepareFile(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the folder of %s: %w", path, err)
	}
	if err := checkWritable(filepath.Dir(path)); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, privateFile)
	if err != nil {
		return fmt.Errorf("opening the store for writing: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("opening the store for writing: %w", err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Chmod(name, privateFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("keeping the store private: %w", err)
		}
	}
	return nil
}

// checkWritable returns an error if no file can be made in a folder. SQLite needs more files than that
// of the store, and does not say why it has none.
func checkWritable(folder string) error {
	probe, err := os.CreateTemp(folder, ".writable-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return fmt.Errorf("the folder %s cannot be written (%w): it must belong to the user that runs the program, and not be read-only", folder, failed.Err)
	}
	return err
}

// Own makes this program the only one that serves a SQLite store, until the store is closed. It fails
// if another program does. Programs that share a PostgreSQL store are its replicas. Call it before the first transaction.
func (db *DB) Own() error {
	if db.engine != SQLite {
		return nil
	}
	lock := flock.New(db.file+".serving", flock.SetPermissions(privateFile))
	locked, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking the store %s: %w", db.file, err)
	}
	if !locked {
		return fmt.Errorf("another program serves the store %s; stop it first, or use another data folder", db.file)
	}
	db.owned = lock
	addProcessor()
	checked := db.cache
	db.cache = newCache(db, db.versions)
	if checked != nil {
		db.cache.wrong = checked.wrong
	}
	return nil
}
