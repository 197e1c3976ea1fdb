// Package store keeps recurring billing in a database, SQLite or PostgreSQL, with one SQL text for both. The tables are in
// migrations, the fixed queries in queries, and package rows is generated from them. Written in Go are the statements that
// sqlc cannot write: those on many rows or many values at once, those that lock rows or skip locked ones, and those that a
// run's speed hangs on.
package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"math"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

//go:embed migrations
var migrations embed.FS

// Migrations returns the service's own migrations, for database.Open.
func Migrations() fs.FS { return migrations }

// What the packages of the domain ask of the store.
var (
	_ catalogue.Writer       = (*writer)(nil)
	_ line.Writer            = (*writer)(nil)
	_ invoice.Writer         = (*writer)(nil)
	_ invoice.DocumentWriter = (*writer)(nil)
	_ receivables.Reader     = (*reader)(nil)
	_ run.BatchReader        = (*reader)(nil)
	_ run.Writer             = (*writer)(nil)
	_ run.BatchWriter        = (*writer)(nil)
	_ books.Writer           = (*writer)(nil)
)

// New runs transactions of a package's own Reader and Writer on a database that went through Migrations: one type reads, and
// one writes, for all packages. It panics if that is no such Reader or Writer. message shows resources in the change feed.
func New[R, W any](db *database.DB, message store.Message) *store.Store[R, W] {
	_, _ = any((*reader)(nil)).(R), any((*writer)(nil)).(W)
	return store.New(db, message,
		func(r store.Reader) R { return any(newReader(r)).(R) },
		func(w store.Writer) W { return any(newWriter(w)).(W) })
}

type reader struct {
	tx     *database.Tx
	rows   *rows.Queries
	tenant auth.Tenant
}

func newReader(r store.Reader) *reader {
	return &reader{tx: r.Tx, rows: rows.New(r.Tx), tenant: r.Tenant}
}

type writer struct {
	reader
	store.Writer
	at time.Time
	// buffer is where documents are written.
	buffer []byte
}

func newWriter(w store.Writer) *writer {
	return &writer{reader: *newReader(w.Reader), Writer: w, at: w.At}
}

// kind is a kind of resource: how its numbers are counted, and what its resources are called in errors.
type kind struct{ counter, collection string }

var (
	itemKind   = kind{"item", "items"}
	billToKind = kind{"bill_to", "billTos"}
	masterKind = kind{"master_account", "masterAccounts"}
	lineKind   = kind{"recurring_line", "recurringLines"}
)

// number gives a resource its number: the one after the highest for 0; any other is kept, and counts as given out.
func number[ID ~int32](ctx context.Context, w *writer, k kind, id *ID) error {
	if *id != 0 {
		if err := w.rows.NoteNumber(ctx, rows.NoteNumberParams{Tenant: string(w.tenant), Kind: k.counter, Number: int64(*id)}); err != nil {
			return fmt.Errorf("noting number %d of a %s: %w", *id, k.counter, err)
		}
		return nil
	}
	next, err := w.rows.NextNumber(ctx, rows.NextNumberParams{Tenant: string(w.tenant), Kind: k.counter})
	switch {
	case err != nil:
		return fmt.Errorf("numbering a %s: %w", k.counter, err)
	case next > math.MaxInt32:
		return fmt.Errorf("numbering a %s: %w", k.counter, mutation.ErrNumbersExhausted)
	}
	*id = ID(next)
	return nil
}

// created returns the revision of a resource that is being created.
func (w *writer) created() mutation.Revision {
	return mutation.Revision{Version: 1, Created: w.at, Updated: w.at}
}

// revise is the revision of a resource that is being updated.
func (w *writer) revise(revision *mutation.Revision) {
	revision.Version, revision.Updated = revision.Version+1, w.at
}

// inserted tells the feed of a resource after the INSERT of its row. A key that is taken inserts nothing, rather than failing
// the statement: on PostgreSQL that would spoil the transaction.
func (w *writer) inserted(ctx context.Context, k kind, key any, rows int64, err error, state any) error {
	if err := store.ChangedRows(rows, err, mutation.ErrTaken); err != nil {
		return fmt.Errorf("creating %s/%v: %w", k.collection, key, err)
	}
	return w.Record(ctx, feed.Created, state)
}

// updated tells the feed of a resource after the UPDATE of its row, which is ErrStale where it found none at the version
// before.
func (w *writer) updated(ctx context.Context, k kind, key any, rows int64, err error, state any) error {
	if err := store.ChangedRows(rows, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("updating %s/%v: %w", k.collection, key, err)
	}
	return w.Record(ctx, feed.Updated, state)
}
