package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/durable"
)

type restore struct {
	stores
	Folder string `arg:"" type:"existingdir" help:"Folder that backup made."`
}

// Help describes what a restore does.
func (*restore) Help() string {
	return `Puts the stores of a backup where the settings say that the stores are. It checks every copy first and never replaces a
store: stop Continuo and move the old files away, with their -wal and -shm. The backup stays as it is.`
}

// Run restores the stores.
func (r *restore) Run(ctx context.Context) (err error) {
	files, err := r.files()
	if err != nil {
		return err
	}
	partial := map[string]string{}
	defer func() {
		for _, copied := range partial {
			err = errors.Join(err, removeStore(copied))
		}
	}()
	for service, file := range files {
		if err := absent(file); err != nil {
			return err
		}
		partial[service] = file + ".restoring"
		if err := copyFile(filepath.Join(r.Folder, service+".db"), partial[service]); err != nil {
			return err
		}
	}
	check := r.stores
	check.CustomerRecurrenceDatabaseURL = "sqlite:" + partial["customer-recurrence"]
	check.SubscriptionDatabaseURL = "sqlite:" + partial["subscription"]
	check.RecurringBillingDatabaseURL = "sqlite:" + partial["recurring-billing"]
	if err := check.each(ctx, func(_ string, db *database.DB) error { return checkStore(ctx, db) }); err != nil {
		return withoutCancel(err)
	}
	for service, file := range files {
		if err := os.Link(partial[service], file); err != nil { // unlike a rename, it never replaces a file
			return fmt.Errorf("naming the store of %s: %w", service, err)
		}
		if err := durable.SyncFolder(filepath.Dir(file)); err != nil {
			return err
		}
	}
	fmt.Printf("%d stores were restored from %s\n", len(files), r.Folder)
	return nil
}

// checkStore returns an error if a store is damaged, or newer than this program.
func checkStore(ctx context.Context, db *database.DB) error {
	if err := db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		var found sql.NullString
		if err := tx.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
			return fmt.Errorf("checking the copy: %w", err)
		}
		if found.String != "ok" {
			return fmt.Errorf("the copy is damaged: %s", found.String)
		}
		return nil
	}); err != nil {
		return err
	}
	return db.CheckNotNewer(ctx)
}

// absent returns an error if any file of a store is there.
func absent(store string) error {
	for _, name := range []string{store, store + "-wal", store + "-shm"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s is there: stop Continuo and move the old store away first", name)
		}
	}
	return nil
}

// removeStore removes the files of a store as far as they are there.
func removeStore(store string) (err error) {
	for _, name := range []string{store, store + "-wal", store + "-shm"} {
		if failed := os.Remove(name); !errors.Is(failed, fs.ErrNotExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// copyFile copies a file durably, readable by its user alone.
func copyFile(from, to string) (err error) {
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("reading the backup: %w", err)
	}
	defer func() { _ = source.Close() }() // it was only read
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	file, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	_, err = io.Copy(file, source)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("restoring %s: %w", to, err)
	}
	return nil
}
