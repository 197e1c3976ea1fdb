package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/database"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
	"github.com/continuo-billing/continuo/services/subscription"
)

type migrate struct {
	Up     migrateUp     `cmd:"" help:"Migrate every store to this program's schema. Safe to start on several machines at once."`
	Status migrateStatus `cmd:"" help:"Show the migrations of every store. The exit code is 1 if one is missing, or if a store is newer than this program."`
}

// stores holds the databases of the three services.
type stores struct {
	config.Log
	config.Data
	config.CustomerRecurrenceStore
	config.SubscriptionStore
	config.RecurringBillingStore
}

// serviceStore is the store of a service.
type serviceStore struct {
	name       string
	url        func(*stores) string
	migrations fs.FS
}

// serviceStores are the stores of the services.
var serviceStores = []serviceStore{
	{"customer-recurrence", func(s *stores) string { return s.CustomerRecurrenceDatabaseURL }, customerrecurrence.Migrations()},
	{"subscription", func(s *stores) string { return s.SubscriptionDatabaseURL }, subscription.Migrations()},
	{"recurring-billing", func(s *stores) string { return s.RecurringBillingDatabaseURL }, recurringbilling.Migrations()},
}

// open opens the store of a service.
func (s *stores) open(ctx context.Context, service serviceStore) (*database.DB, error) {
	url, _ := s.StoreURL(service.url(s), service.name)
	db, err := database.Open(ctx, url, service.migrations)
	if err != nil {
		return nil, fmt.Errorf("opening the store of %s: %w", service.name, err)
	}
	return db, nil
}

// each opens the stores of the services one after the other and calls do with each.
func (s *stores) each(ctx context.Context, do func(service string, db *database.DB) error) error {
	for _, service := range serviceStores {
		db, err := s.open(ctx, service)
		if err != nil {
			return err
		}
		if err := errors.Join(do(service.name, db), db.Close()); err != nil {
			return fmt.Errorf("%s: %w", service.name, err)
		}
	}
	return nil
}

type migrateUp struct{ stores }

// Run migrates the three stores.
func (m *migrateUp) Run(ctx context.Context) error {
	return m.each(ctx, func(service string, db *database.DB) error {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
		fmt.Printf("%s: migrated to this program's schema\n", service)
		return nil
	})
}

type migrateStatus struct{ stores }

// Run lists the migrations of the three stores.
func (m *migrateStatus) Run(ctx context.Context) error {
	missing := 0
	err := m.each(ctx, func(service string, db *database.DB) error {
		if err := db.CheckNotNewer(ctx); err != nil {
			return err
		}
		fitting, err := db.Range(ctx)
		if err != nil {
			return err
		}
		migrations, err := db.Migrations(ctx)
		if err != nil {
			return err
		}
		for _, migration := range migrations {
			if migration.Applied {
				fmt.Printf("%-20s applied  %s\n", service, migration.Name)
				continue
			}
			missing++
			fmt.Printf("%-20s missing  %s; after it, programs that know migration %d can serve the store\n", service, migration.Name, migration.Oldest)
		}
		fmt.Printf("%-20s at migration %d; programs that know migration %d can serve it\n", service, fitting.Newest, fitting.Oldest)
		return nil
	})
	if err != nil {
		return err
	}
	if missing > 0 {
		return fmt.Errorf("%d migrations are missing: run `continuo migrate up`", missing)
	}
	return nil
}
