// Package store keeps the domain's state in a database, SQLite or PostgreSQL, with one SQL text for both: the tables are in
// migrations, the queries in queries, and package rows is generated from them. Documents are JSON of the domain's own
// types, decimals and ids text, instants microseconds since 1970 UTC.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/store"
)

// Migrations are the service's own, to open its database with.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is the domain's Store over a database.
type Store = store.Store[domain.Reader, domain.Writer]

var _ domain.Store = (*Store)(nil)

// New is the store over an open database that was migrated with Migrations. message shows resources in the change feed.
func New(db *database.DB, message store.Message) *Store {
	return store.New(db, message,
		func(r store.Reader) domain.Reader { return newReader(r) },
		func(w store.Writer) domain.Writer { return &writer{*newReader(w.Reader), w} })
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
}

// kept records a resource in the change feed after the statement that created or updated its row. The statement must have
// written exactly one row; otherwise the error is none.
func (w *writer) kept(ctx context.Context, written int64, err, none error, name string, kind feed.Kind, resource any) error {
	if err == nil && written != 1 {
		err = none
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return w.Record(ctx, kind, resource)
}

// one is what a row that was read by its key holds; no row is domain.ErrNotFound.
func one[R, T any](what string, row R, err error, of func(R) (T, error)) (item T, _ error) {
	if errors.Is(err, sql.ErrNoRows) {
		return item, fmt.Errorf("%s: %w", what, domain.ErrNotFound)
	}
	if err == nil {
		item, err = of(row)
	}
	if err != nil {
		return item, fmt.Errorf("reading %s: %w", what, err)
	}
	return item, nil
}

// many is what the rows of a page hold, in their order, and whether more follow.
func many[R, T any](what string, found []R, more bool, err error, of func(R) (T, error)) ([]T, bool, error) {
	items := make([]T, len(found))
	for i := 0; i < len(found) && err == nil; i++ {
		items[i], err = of(found[i])
	}
	if err != nil {
		return nil, false, fmt.Errorf("listing %s: %w", what, err)
	}
	return items, more, nil
}

// document is a value kept as JSON text.
func document(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// readDocument reads a value that document wrote.
func readDocument(text string, value any) error {
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	return nil
}

// instant is microseconds since 1970 as a time in UTC.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
