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
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
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
		func(r store.Reader) domain.Reader { return newReader(r) },
		func(w store.Writer) domain.Writer { return &writer{*newReader(w.Reader), w} })}
}

// Write runs do in one transaction. A key that an update takes from another resource is an AlreadyExists fault.
func (s *Store) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, domain.Writer) error) error {
	return taken(s.Store.Write(ctx, by, at, do))
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
