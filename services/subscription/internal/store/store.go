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
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations are the service's own migrations.
func Migrations() fs.FS { return migrations }

// Store keeps all resources of the service: for each package of the domain the store that it asks for.
type Store struct {
	Subscriptions mutation.Store[subscription.Reader, subscription.Writer]
	Accounts      mutation.Store[account.Reader, account.Writer]
	Catalogue     mutation.Store[catalogue.Reader, catalogue.Writer]
	Organisations organisation.Store
	Books         mutation.Store[books.Reader, books.Writer]
}

// New is a store over a database that has gone through Migrations. message shows resources in the change feed.
func New(db *database.DB, message store.Message) Store {
	return Store{
		Subscriptions: on(db, message,
			func(r *reader) subscription.Reader { return r }, func(w *writer) subscription.Writer { return w }),
		Accounts: on(db, message,
			func(r *reader) account.Reader { return r }, func(w *writer) account.Writer { return w }),
		Catalogue: on(db, message,
			func(r *reader) catalogue.Reader { return r }, func(w *writer) catalogue.Writer { return w }),
		Organisations: &organisations{on(db, message,
			func(r *reader) organisation.Reader { return r }, func(w *writer) organisation.Writer { return w })},
		Books: on(db, message,
			func(r *reader) books.Reader { return r }, func(w *writer) books.Writer { return w }),
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
