package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/database"
)

type copyStores struct {
	stores
	Folder  string   `arg:"" type:"existingdir" help:"Folder of the SQLite stores: the data folder of a stopped Continuo, or a backup."`
	Service []string `enum:"customer-recurrence,subscription,recurring-billing" help:"Only the store of this service; can be repeated. Default: all."`
}

// Help describes what is copied.
func (*copyStores) Help() string {
	return `Copies every row of the SQLite stores in a folder into the PostgreSQL databases of the settings: resources, invoices with
their numbers, change feed, idempotency records, sessions, webhooks and sealed secrets. The databases must be empty and have
the schema of this program: run continuo migrate up before. Each service is copied in one transaction, read back and compared.
The SQLite stores stay as they are. The services need the same sealing key file as before.`
}

// Run checks all stores, then copies one after the other.
func (c *copyStores) Run(ctx context.Context) error {
	for _, do := range []func(ctx context.Context, service string, from, to *database.DB) error{
		func(ctx context.Context, _ string, from, to *database.DB) error {
			return database.CheckCopy(ctx, from, to)
		},
		copyStore,
	} {
		for _, service := range serviceStores {
			if len(c.Service) > 0 && !slices.Contains(c.Service, service.name) {
				continue
			}
			if err := c.between(ctx, service, do); err != nil {
				return withoutCancel(fmt.Errorf("%s: %w", service.name, err))
			}
		}
	}
	return nil
}

// between opens the SQLite store of a service in the folder, which no program may serve, and the store
// of the settings.
func (c *copyStores) between(ctx context.Context, service serviceStore, do func(ctx context.Context, service string, from, to *database.DB) error) (err error) {
	if _, err := os.Stat(filepath.Join(c.Folder, service.name+".db")); err != nil { // opening it would make it
		return fmt.Errorf("looking for the store: %w", err)
	}
	source := stores{Data: config.Data{DataDir: c.Folder}}
	from, err := source.open(ctx, service)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	if err := from.Own(); err != nil {
		return err
	}
	to, err := c.open(ctx, service)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	return do(ctx, service.name, from, to)
}

// copyStore copies a store and prints what it copied.
func copyStore(ctx context.Context, service string, from, to *database.DB) error {
	copied, err := database.Copy(ctx, from, to)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, table := range copied {
		total += table.Rows
		fmt.Printf("%-20s %10d %s\n", service, table.Rows, table.Table)
	}
	fmt.Printf("%-20s %10d rows were copied and compared\n", service, total)
	return nil
}
