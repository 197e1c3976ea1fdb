// Package store keeps the domain's resources in a database, SQLite or PostgreSQL, with one SQL text for both: the tables are
// in migrations, the queries in queries, and package rows is generated from them. A row is the resource as a JSON document,
// beside the keys by which it is found.
package store

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the service's own migrations.
func Migrations() fs.FS { return migrations }

// Store keeps all resources of the service: for each package of the domain the store that it asks for.
type Store struct {
	Subscriptions mutation.Store[domain.SubscriptionReader, domain.SubscriptionWriter]
	Accounts      mutation.Store[domain.AccountReader, domain.AccountWriter]
	Catalogue     mutation.Store[domain.CatalogueReader, domain.CatalogueWriter]
	Organisations domain.OrganisationStore
	Bulk          mutation.Store[domain.BulkReader, domain.BulkWriter]
}

// New is a store over a database that has gone through Migrations. message shows resources in the change feed.
func New(db *database.DB, message store.Message) Store {
	return Store{
		Subscriptions: on(db, message,
			func(r *reader) domain.SubscriptionReader { return r }, func(w *writer) domain.SubscriptionWriter { return w }),
		Accounts: on(db, message,
			func(r *reader) domain.AccountReader { return r }, func(w *writer) domain.AccountWriter { return w }),
		Catalogue: on(db, message,
			func(r *reader) domain.CatalogueReader { return r }, func(w *writer) domain.CatalogueWriter { return w }),
		Organisations: &organisations{on(db, message,
			func(r *reader) domain.OrganisationReader { return r }, func(w *writer) domain.OrganisationWriter { return w })},
		Bulk: on(db, message,
			func(r *reader) domain.BulkReader { return r }, func(w *writer) domain.BulkWriter { return w }),
	}
}

// transactions run what a package of the domain does.
type transactions[R, W any] struct{ *store.Store[R, W] }

func on[R, W any](db *database.DB, message store.Message, read func(*reader) R, write func(*writer) W) *transactions[R, W] {
	return &transactions[R, W]{store.New(db, message,
		func(r store.Reader) R { return read(newReader(r)) },
		func(w store.Writer) W { return write(&writer{*newReader(w.Reader), w}) })}
}

// Write runs do in one transaction. A key that an update takes from another resource is an AlreadyExists fault.
func (t *transactions[R, W]) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return taken(t.Store.Write(ctx, by, at, do))
}

// reader reads one tenant's rows in a transaction.
type reader struct {
	tx     *database.Tx
	rows   *rows.Queries
	tenant auth.Tenant
}

func newReader(r store.Reader) *reader {
	return &reader{tx: r.Tx, rows: rows.New(r.Tx), tenant: r.Tenant}
}

// writer changes one tenant's rows in a transaction.
type writer struct {
	reader
	store.Writer
}
