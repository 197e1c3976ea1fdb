// Package store stores recurring billing in SQLite or PostgreSQL, with one SQL text for both. The
// tables are in migrations and the fixed queries in queries; package rows is generated from them.
// Statements that sqlc cannot write are in Go: those on many rows or values at once, those that
// lock rows or skip locked ones, and those that determine the speed of a run.
package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
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

// Interfaces that the domain packages require of the store.
var (
	_ catalogue.Writer       = (*writer)(nil)
	_ line.Writer            = (*writer)(nil)
	_ charge.Writer          = (*writer)(nil)
	_ increase.Writer        = (*writer)(nil)
	_ invoice.Writer         = (*writer)(nil)
	_ invoice.DocumentWriter = (*writer)(nil)
	_ receivables.Reader     = (*reader)(nil)
	_ run.BatchReader        = (*reader)(nil)
	_ run.Writer             = (*writer)(nil)
	_ run.BatchWriter        = (*writer)(nil)
	_ books.Writer           = (*writer)(nil)
)

// New returns a store that runs transactions of a package's Reader R and Writer W on a migrated
// database. One type implements all Readers, and one all Writers; New panics if R or W is not among
// them. message converts resources for the change feed.
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
	// known is the line that was read last, nil if there is none.
	known *rows.GetLineRow
}

func newReader(r store.Reader) *reader {
	return &reader{tx: r.Tx, rows: rows.New(r.Tx), tenant: r.Tenant}
}

type writer struct {
	reader
	store.Writer
	at time.Time
}

func newWriter(w store.Writer) *writer {
	return &writer{reader: *newReader(w.Reader), Writer: w, at: w.At}
}

// later returns the queries of statements that write the row of a resource, at the latest with the commit; see
// store.Writer.Later.
func (w *writer) later(none error, what string, key any) *rows.Queries {
	return rows.New(w.Later(none, what, key))
}

// kind is a kind of resource: the name of its counter, and its collection in errors.
type kind struct{ counter, collection string }

var (
	itemKind   = kind{"item", "items"}
	billToKind = kind{"bill_to", "billTos"}
	masterKind = kind{"master_account", "masterAccounts"}
	lineKind   = kind{"recurring_line", "recurringLines"}
	// Cancellations are no resources, but have numbers.
	cancellationKind = kind{counter: "cancellation"}
)

// highestNoted is the highest given number that the next ones follow. A higher one is kept, but does not
// count: one resource with the last number would leave none for any other.
const highestNoted = 2_000_000_000

// note records that numbers of a kind are used, so that the next one follows the highest of them.
func note[ID ~int32](ctx context.Context, w *writer, k kind, used iter.Seq[ID]) error {
	var highest ID
	for id := range used {
		if id <= highestNoted {
			highest = max(highest, id)
		}
	}
	if highest == 0 {
		return nil
	}
	if err := w.rows.NoteNumber(ctx, rows.NoteNumberParams{Tenant: string(w.tenant), Kind: k.counter, Number: int64(highest)}); err != nil {
		return fmt.Errorf("noting number %d of a %s: %w", highest, k.counter, err)
	}
	return nil
}

// number assigns a number to a resource: the next after the highest if it is 0. Any other number is
// kept and recorded as used.
func number[ID ~int32](ctx context.Context, w *writer, k kind, id *ID) error {
	if *id != 0 {
		return note(ctx, w, k, slices.Values([]ID{*id}))
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

// created returns the revision of a new resource.
func (w *writer) created() mutation.Revision { return createdAt(w.at) }

func createdAt(at time.Time) mutation.Revision {
	return mutation.Revision{Version: 1, Created: at, Updated: at}
}

// revise sets the revision of an updated resource.
func (w *writer) revise(revision *mutation.Revision) {
	revision.Version, revision.Updated = revision.Version+1, w.at
}

// inserted adds a resource to the change feed after the INSERT of its row. A key in use inserts no
// row instead of failing the statement, which would abort the transaction on PostgreSQL.
func (w *writer) inserted(ctx context.Context, k kind, key any, rows int64, err error, state any) error {
	if err := store.ChangedRows(rows, err, mutation.ErrTaken); err != nil {
		return fmt.Errorf("creating %s/%v: %w", k.collection, key, err)
	}
	return w.Record(ctx, feed.Created, state)
}

// updated adds a resource to the change feed after the UPDATE of its row. It returns ErrStale if no
// row had the expected version.
func (w *writer) updated(ctx context.Context, k kind, key any, rows int64, err error, state any) error {
	if err := store.ChangedRows(rows, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("updating %s/%v: %w", k.collection, key, err)
	}
	return w.Record(ctx, feed.Updated, state)
}

// deleted adds a resource to the change feed after the DELETE of its row. It returns ErrStale if no
// row had the expected version.
func (w *writer) deleted(ctx context.Context, k kind, key any, rows int64, err error, state any) error {
	if err := store.ChangedRows(rows, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("deleting %s/%v: %w", k.collection, key, err)
	}
	return w.Record(ctx, feed.Deleted, state)
}

// free returns ErrTaken if resources have the same code in any spelling. The unique key in the
// database compares the spelling only.
func free(k kind, code any, same int64, err error) error {
	if err == nil && same > 0 {
		err = mutation.ErrTaken
	}
	if err != nil {
		return fmt.Errorf("creating %s/%v: %w", k.collection, code, err)
	}
	return nil
}

// keysOf returns codes in the form in which they are compared.
func keysOf[C interface{ Key() string }](codes []C) []string {
	keys := make([]string, len(codes))
	for i, code := range codes {
		keys[i] = code.Key()
	}
	return keys
}
