// Package store keeps recurring billing in a database: the SQL is written once for SQLite and PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
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
)

//go:embed migrations
var migrations embed.FS

// Migrations are the service's own migrations, for database.Open.
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
	tenant auth.Tenant
}

func newReader(r store.Reader) *reader { return &reader{tx: r.Tx, tenant: r.Tenant} }

// one reads one resource.
func one[T any](ctx context.Context, tx *database.Tx, what string, scan func(database.Row) (T, error), query string, args ...any) (T, error) {
	res, err := scan(tx.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return res, fmt.Errorf("reading a %s: %w", what, mutation.ErrNotFound)
	}
	if err != nil {
		return res, fmt.Errorf("reading a %s: %w", what, err)
	}
	return res, nil
}

// instant reads microseconds since 1970.
type instant struct{ time *time.Time }

// Scan sets the time.
func (i instant) Scan(value any) error {
	var micros sql.NullInt64
	if err := micros.Scan(value); err != nil {
		return fmt.Errorf("reading an instant: %w", err)
	}
	*i.time = time.UnixMicro(micros.Int64).UTC()
	return nil
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
		_, err := w.tx.ExecContext(ctx,
			`INSERT INTO highest_numbers (tenant, kind, number) VALUES ($1, $2, $3)
			 ON CONFLICT (tenant, kind) DO UPDATE SET number = excluded.number
			 WHERE highest_numbers.number < excluded.number`,
			string(w.tenant), k.counter, int64(*id))
		if err != nil {
			return fmt.Errorf("noting number %d of a %s: %w", *id, k.counter, err)
		}
		return nil
	}
	var next int64
	err := w.tx.QueryRowContext(ctx,
		`INSERT INTO highest_numbers (tenant, kind, number) VALUES ($1, $2, 1)
		 ON CONFLICT (tenant, kind) DO UPDATE SET number = highest_numbers.number + 1
		 RETURNING number`,
		string(w.tenant), k.counter).Scan(&next)
	switch {
	case err != nil:
		return fmt.Errorf("numbering a %s: %w", k.counter, err)
	case next > math.MaxInt32:
		return fmt.Errorf("numbering a %s: %w", k.counter, mutation.ErrNumbersExhausted)
	}
	*id = ID(next)
	return nil
}

// created is the revision of a resource that is being created.
func (w *writer) created() mutation.Revision {
	return mutation.Revision{Version: 1, Created: w.at, Updated: w.at}
}

// insert runs an INSERT and tells the feed. A key that is taken inserts nothing, rather than failing the statement: on
// PostgreSQL that would spoil the transaction.
func (w *writer) insert(ctx context.Context, k kind, key, state any, statement string, args ...any) error {
	result, err := w.tx.ExecContext(ctx, statement+` ON CONFLICT DO NOTHING`, args...)
	if err != nil {
		return fmt.Errorf("creating %s/%v: %w", k.collection, key, err)
	}
	inserted, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("creating %s/%v: %w", k.collection, key, err)
	}
	if inserted == 0 {
		return fmt.Errorf("creating %s/%v: %w", k.collection, key, mutation.ErrTaken)
	}
	return w.Record(ctx, feed.Created, state)
}

// update runs an UPDATE of the resource at its present version and tells the feed; revision is the resource's own.
func (w *writer) update(ctx context.Context, k kind, key any, revision *mutation.Revision, state any, statement string, args ...any) error {
	result, err := w.tx.ExecContext(ctx, statement, args...)
	if err := w.replaced(k, key, revision.Version, result, err); err != nil {
		return err
	}
	revision.Version, revision.Updated = revision.Version+1, w.at
	return w.Record(ctx, feed.Updated, state)
}

// replaced is what is wrong with an UPDATE of a resource at a version: ErrStale where it replaced nothing.
func (w *writer) replaced(k kind, key any, version int64, result sql.Result, err error) error {
	var rows int64
	if err == nil {
		rows, err = result.RowsAffected()
	}
	if err == nil && rows == 0 {
		err = mutation.ErrStale
	}
	if err != nil {
		return fmt.Errorf("updating %s/%v at version %d: %w", k.collection, key, version, err)
	}
	return nil
}
