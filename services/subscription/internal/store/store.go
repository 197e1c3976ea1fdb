// Package store keeps the domain's resources in SQL tables: for each kind one, with the keys as columns beside the
// resource as a JSON document. The SQL is written once for SQLite and PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the service's own migrations.
func Migrations() fs.FS { return migrations }

// Store is a domain.Store over a database.
type Store struct {
	*store.Store[domain.Reader, domain.Writer]
}

var _ domain.Store = (*Store)(nil)

// New is a store over a database that has gone through Migrations. message shows resources in the change feed.
func New(db *database.DB, message store.Message) *Store {
	return &Store{store.New(db, message,
		func(r store.Reader) domain.Reader { return &reader{tx: r.Tx, tenant: r.Tenant} },
		func(w store.Writer) domain.Writer {
			return &writer{reader: reader{tx: w.Reader.Tx, tenant: w.Reader.Tenant}, Writer: w, at: w.At}
		})}
}

// Write runs do in one transaction.
func (s *Store) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, domain.Writer) error) error {
	return taken(s.Store.Write(ctx, by, at, do))
}

// Locate reads a resource by a key that no two tenants share.
func (s *Store) Locate(ctx context.Context, key domain.Key, into domain.Resource) (tenant auth.Tenant, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		table, err := tableOf(into.Kind())
		if err != nil {
			return err
		}
		if !table.shared[key.Name] {
			return fmt.Errorf("%s are not located by %s", into.Kind(), key.Name)
		}
		var document string
		err = tx.QueryRowContext(ctx, fmt.Sprintf(`SELECT tenant, document FROM %s WHERE %s = $1`, table.name, key.Name), key.Value).
			Scan(&tenant, &document)
		if err != nil {
			return notFound(err, key, into)
		}
		return decode(document, into)
	})
	return tenant, err
}

// table is where the resources of a kind are kept.
type table struct {
	name string
	// keys are the columns by which a resource is found within its tenant, shared those by which in all of them.
	keys, shared map[domain.KeyName]bool
}

func keys(names ...domain.KeyName) map[domain.KeyName]bool {
	set := map[domain.KeyName]bool{domain.KeyID: true}
	for _, name := range names {
		set[name] = true
	}
	return set
}

var tables = map[domain.Kind]table{
	domain.KindSubscription:     {name: "subscriptions", keys: keys(domain.KeyNumber)},
	domain.KindAccount:          {name: "accounts", keys: keys(domain.KeyNumber)},
	domain.KindSubscriptionType: {name: "subscription_types", keys: keys(domain.KeyNameText, domain.KeyAlternativeCode)},
	domain.KindGroup:            {name: "subscription_groups", keys: keys(domain.KeyNameText, domain.KeyAlternativeCode)},
	domain.KindPrivacyLevel:     {name: "privacy_levels", keys: keys(domain.KeyNumber)},
	domain.KindProduct:          {name: "products", keys: keys(domain.KeyCode, domain.KeyAlternativeCode)},
	domain.KindInstalledItem:    {name: "installed_items", keys: keys(domain.KeySerialNumber, domain.KeyAlternativeCode)},
	domain.KindOrganisation:     {name: "organisations", keys: keys(), shared: keys()},
	domain.KindUser: {name: "users", keys: keys(domain.KeyLogin),
		shared: map[domain.KeyName]bool{domain.KeyLogin: true, domain.KeyAPIKey: true}},
	domain.KindSession: {name: "sessions", keys: keys(), shared: map[domain.KeyName]bool{domain.KeyToken: true}},
}

func tableOf(kind domain.Kind) (table, error) {
	found, ok := tables[kind]
	if !ok {
		return table{}, fmt.Errorf("there is no table of %q", kind)
	}
	return found, nil
}

func decode(document string, into domain.Resource) error {
	if err := json.Unmarshal([]byte(document), into); err != nil {
		return fmt.Errorf("reading one of %s: %w", into.Kind(), err)
	}
	return nil
}

// notFound turns the absence of a row into the domain's fault. Hashes are not repeated.
func notFound(err error, key domain.Key, into domain.Resource) error {
	switch {
	case !errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("finding one of %s by %s: %w", into.Kind(), key.Name, err)
	case key.Name == domain.KeyToken || key.Name == domain.KeyAPIKey:
		return fault.New(fault.NotFound, reason.NotFound, "there is no %s with this %s", into.Kind().Type(), key.Name)
	default:
		return fault.New(fault.NotFound, reason.NotFound, "there is no %s with the %s %q", into.Kind().Type(), key.Name, key.Value)
	}
}
