// Package store keeps the domain's state in SQLite or PostgreSQL, with the same SQL for both. The
// tables are in migrations, the queries in queries; package rows is generated from them. Documents
// are stored as JSON of the domain types, decimals and ids as text, times as microseconds since
// 1970 UTC.
package store

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// Migrations holds the service's own migrations.
//
//go:embed migrations
var Migrations embed.FS

// Stores holds a view of the store for each package of the domain.
type Stores struct {
	Customers   mutation.Store[customer.Reader, customer.Writer]
	Packages    mutation.Store[catalogue.Reader, catalogue.Writer]
	Recurrences mutation.Store[recurrence.Reader, recurrence.Writer]
	Settings    mutation.Store[settings.Reader, settings.Writer]
	Closing     mutation.Store[closing.Reader, closing.Writer]
	Usage       mutation.Store[usage.Reader, usage.Writer]
	Plans       mutation.Store[plan.Reader, plan.Writer]
	Books       mutation.Store[books.Reader, books.Writer]
}

// New returns the stores on an open, migrated database. message converts resources for the change
// feed.
func New(db *database.DB, message store.Message) Stores {
	return Stores{
		Customers: store.New(db, message,
			func(r store.Reader) customer.Reader { return newReader(r) }, func(w store.Writer) customer.Writer { return newWriter(w) }),
		Packages: store.New(db, message,
			func(r store.Reader) catalogue.Reader { return newReader(r) }, func(w store.Writer) catalogue.Writer { return newWriter(w) }),
		Recurrences: store.New(db, message,
			func(r store.Reader) recurrence.Reader { return newReader(r) }, func(w store.Writer) recurrence.Writer { return newWriter(w) }),
		Settings: store.New(db, message,
			func(r store.Reader) settings.Reader { return newReader(r) }, func(w store.Writer) settings.Writer { return newWriter(w) }),
		Closing: store.New(db, message,
			func(r store.Reader) closing.Reader { return newReader(r) }, func(w store.Writer) closing.Writer { return newWriter(w) }),
		Usage: store.New(db, message,
			func(r store.Reader) usage.Reader { return newReader(r) }, func(w store.Writer) usage.Writer { return newWriter(w) }),
		Plans: store.New(db, message,
			func(r store.Reader) plan.Reader { return newReader(r) }, func(w store.Writer) plan.Writer { return newWriter(w) }),
		Books: store.New(db, message,
			func(r store.Reader) books.Reader { return newReader(r) }, func(w store.Writer) books.Writer { return newWriter(w) }),
	}
}

type reader struct {
	tx     *database.Tx
	rows   *rows.Queries
	tenant auth.Tenant
	// known is the recurrence that was read last.
	known rows.Recurrence
}

func newReader(r store.Reader) *reader {
	return &reader{tx: r.Tx, rows: rows.New(r.Tx), tenant: r.Tenant}
}

type writer struct {
	reader
	store.Writer
}

func newWriter(w store.Writer) *writer { return &writer{*newReader(w.Reader), w} }

// later returns the queries of statements that write the row of a resource, at the latest with the commit; see
// store.Writer.Later.
func (w *writer) later(none error, what string, key any) *rows.Queries {
	return rows.New(w.Later(none, what, key))
}

// written records a resource in the change feed after the statement that wrote its row. It returns
// none if the statement wrote no row.
func (w *writer) written(ctx context.Context, rows int64, err, none error, kind feed.Kind, resource any) error {
	if err := store.ChangedRows(rows, err, none); err != nil {
		return fmt.Errorf("writing a %T: %w", resource, err)
	}
	return w.Record(ctx, kind, resource)
}

// deleted records in the change feed that a resource was deleted. It returns mutation.ErrStale if the
// statement deleted no row.
func (w *writer) deleted(ctx context.Context, rows int64, err error, resource any) error {
	return w.written(ctx, rows, err, mutation.ErrStale, feed.Deleted, resource)
}

// one converts a row that was read by key. what names the kind of resource in errors.
func one[R, T any](what string, row R, err error, of func(R) (T, error)) (item T, _ error) {
	if err := store.Found(err, what); err != nil {
		return item, err
	}
	item, err = of(row)
	if err != nil {
		return item, fmt.Errorf("reading a %s: %w", what, err)
	}
	return item, nil
}

// list returns the queries of a list.
func (r *reader) list(query listing.Query, columns map[string]string) *rows.Queries {
	return rows.New(r.tx.List(query, columns))
}

// many converts the rows of a list, in their order.
func many[R, T any](what string, found []R, err error, of func(R) (T, error)) ([]T, error) {
	items := make([]T, len(found))
	for i := 0; i < len(found) && err == nil; i++ {
		items[i], err = of(found[i])
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", what, err)
	}
	return items, nil
}

// document encodes a value as JSON text.
func document(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("encoding a document: %w", err)
	}
	return string(text), nil
}

// readDocument decodes a value that document encoded.
func readDocument(text string, value any) error {
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return fmt.Errorf("decoding a document: %w", err)
	}
	return nil
}

// optional encodes a list as JSON text, and an empty one as an empty text.
func optional[T any](list []T) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	return document(list)
}

// optionalOne encodes a value as JSON text, and none as an empty text.
func optionalOne[T any](value *T) (string, error) {
	if value == nil {
		return "", nil
	}
	return document(value)
}

// readOptional decodes a list that optional encoded.
func readOptional[T any](text string, list *[]T) error {
	if text == "" {
		return nil
	}
	return readDocument(text, list)
}

// instant converts microseconds since 1970 to a time in UTC.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
