// Package store keeps the domain's resources in SQLite or PostgreSQL, with the same SQL for both.
// The tables are in migrations, the queries in queries; package rows is generated from them. A row
// holds the resource as a JSON document, next to the keys by which it is found.
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

//go:embed migrations
var migrations embed.FS

// Migrations returns the service's own migrations.
func Migrations() fs.FS { return migrations }

// Store holds the store of each package of the domain.
type Store struct {
	Subscriptions mutation.Store[subscription.Reader, subscription.Writer]
	Accounts      mutation.Store[account.Reader, account.Writer]
	Catalogue     mutation.Store[catalogue.Reader, catalogue.Writer]
	Organisations organisation.Store
	Books         mutation.Store[books.Reader, books.Writer]
	// Queue holds the scheduled actions.
	Queue subscription.Queue
	// LevelChanges lets subscriptions follow the privacy levels of their accounts.
	LevelChanges *LevelChanges
}

// New returns a store on a migrated database. message converts resources for the change feed.
func New(db *database.DB, message store.Message) Store {
	known := newShared()
	subscriptions := on(db, message, known,
		func(r *reader) subscription.Reader { return r }, func(w *writer) subscription.Writer { return w })
	return Store{
		Subscriptions: subscriptions, Queue: &queue{subscriptions}, LevelChanges: &LevelChanges{db: db},
		Accounts: on(db, message, known,
			func(r *reader) account.Reader { return r }, func(w *writer) account.Writer { return w }),
		Catalogue: on(db, message, known,
			func(r *reader) catalogue.Reader { return r }, func(w *writer) catalogue.Writer { return w }),
		Organisations: &organisations{on(db, message, known,
			func(r *reader) organisation.Reader { return r }, func(w *writer) organisation.Writer { return w }), known},
		Books: on(db, message, known,
			func(r *reader) books.Reader { return r }, func(w *writer) books.Writer { return w }),
	}
}

// transactions runs the transactions of a domain package.
type transactions[R, W any] struct{ *store.Store[R, W] }

func on[R, W any](db *database.DB, message store.Message, known *shared, read func(*reader) R, write func(*writer) W) *transactions[R, W] {
	return &transactions[R, W]{store.New(db, message,
		func(r store.Reader) R { return read(newReader(r, known)) },
		func(w store.Writer) W { return write(&writer{reader: *newReader(w.Reader, known), Writer: w}) })}
}

// Write runs do in one transaction. If an update sets a key that another resource has, the error is
// an AlreadyExists fault.
func (t *transactions[R, W]) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, W) error) error {
	return taken(t.Store.Write(database.ByIndex(ctx), by, at, do))
}

// reader reads one tenant's rows in a transaction.
type reader struct {
	tx     *database.Tx
	rows   *rows.Queries
	tenant auth.Tenant
	// stored holds what is stored of each subscription that the transaction has read by a key, so that an update stores only what changes.
	stored map[subscription.ID]storedSubscription
	// levels holds the privacy level of each account that the transaction has read by a key or in a list, so that an update changes its
	// subscriptions only if it changes.
	levels map[account.ID]catalogue.PrivacyLevelID
	// ahead is what a batch of actions has read already, or nil.
	ahead *ahead
	// shared holds what documents were decoded to.
	shared *shared
}

func newReader(r store.Reader, known *shared) *reader {
	return &reader{tx: r.Tx, rows: rows.New(r.Tx), tenant: r.Tenant, stored: map[subscription.ID]storedSubscription{}, levels: map[account.ID]catalogue.PrivacyLevelID{},
		shared: known}
}

// writer reads and writes one tenant's rows in a transaction.
type writer struct {
	reader
	store.Writer
	// batch is the batch of actions that the writer is a part of, or nil.
	batch *batch
}
