package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/durable"
)

type backup struct {
	stores
	Folder string `arg:"" help:"Folder to make; it appears when the backup is complete."`
}

// Help describes what a backup is.
func (*backup) Help() string {
	return `Copies the SQLite stores of all services into a new folder, while Continuo serves them. Each copy holds every transaction
that was committed when it began. Stores on PostgreSQL are backed up by PostgreSQL's own tools. The copies hold the secrets
of the stores as they are sealed, without the key file, and only their user can read them.`
}

// Run makes the backup.
func (b *backup) Run(ctx context.Context) (err error) {
	if _, err := os.Lstat(b.Folder); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("backing up to %s: %w", b.Folder, errors.Join(err, fs.ErrExist))
	}
	files, err := b.files()
	if err != nil {
		return err
	}
	for _, file := range files { // opening a store would make its file
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("backing up: %w", err)
		}
	}
	partial, err := os.MkdirTemp(filepath.Dir(filepath.Clean(b.Folder)), ".backup-*")
	if err != nil {
		return fmt.Errorf("making the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(partial)) }()
	if err := b.each(ctx, func(service string, db *database.DB) error {
		return db.Backup(ctx, filepath.Join(partial, service+".db"))
	}); err != nil {
		return withoutCancel(err)
	}
	if err := os.Rename(partial, b.Folder); err != nil {
		return fmt.Errorf("naming the backup: %w", err)
	}
	if err := durable.SyncFolder(filepath.Dir(filepath.Clean(b.Folder))); err != nil {
		return err
	}
	fmt.Printf("%d stores were copied to %s\n", len(files), b.Folder)
	return nil
}

// files returns the SQLite files of the services. It fails if a store is on PostgreSQL.
func (s *stores) files() (map[string]string, error) {
	files := map[string]string{}
	for service, given := range map[string]string{
		"customer-recurrence": s.CustomerRecurrenceDatabaseURL,
		"subscription":        s.SubscriptionDatabaseURL,
		"recurring-billing":   s.RecurringBillingDatabaseURL,
	} {
		url, embedded := s.StoreURL(given, service)
		if !embedded {
			return nil, fmt.Errorf("the store of %s is on PostgreSQL: use PostgreSQL's own tools, such as pg_dump and pg_restore", service)
		}
		files[service] = strings.TrimPrefix(strings.TrimPrefix(url, "sqlite:"), "//")
	}
	return files, nil
}
