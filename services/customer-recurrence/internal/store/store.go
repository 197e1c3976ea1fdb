// Package store keeps the domain's state in a database, SQLite or PostgreSQL, with one SQL text for both. Documents are
// JSON of the domain's own types, decimals and ids text, instants microseconds since 1970 UTC.
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
		func(r store.Reader) domain.Reader { return &reader{tx: r.Tx, tenant: r.Tenant} },
		func(w store.Writer) domain.Writer {
			return &writer{reader{tx: w.Reader.Tx, tenant: w.Reader.Tenant}, w}
		})
}

type reader struct {
	tx     *database.Tx
	tenant auth.Tenant
}

type writer struct {
	reader
	store.Writer
}

// insert adds a resource's row by a statement that skips keys that are taken, and its feed entry; a key that was taken is
// domain.ErrTaken.
func (w *writer) insert(ctx context.Context, name string, created any, statement string, values ...any) error {
	if err := w.exec(ctx, "creating "+name, domain.ErrTaken, statement+` ON CONFLICT DO NOTHING`, values...); err != nil {
		return err
	}
	return w.Record(ctx, feed.Created, created)
}

// exec runs a statement that must change exactly one row; otherwise the error is none.
func (w *writer) exec(ctx context.Context, doing string, none error, statement string, values ...any) error {
	result, err := w.tx.ExecContext(ctx, statement, values...)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	changed, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if changed != 1 {
		return fmt.Errorf("%s: %w", doing, none)
	}
	return nil
}

// one reads a single row; none is domain.ErrNotFound.
func one[T any](ctx context.Context, r *reader, what string, scan func(database.Row) (T, error), query string, values ...any) (T, error) {
	item, err := scan(r.tx.QueryRowContext(ctx, query, values...))
	if errors.Is(err, sql.ErrNoRows) {
		return item, fmt.Errorf("%s: %w", what, domain.ErrNotFound)
	}
	if err != nil {
		return item, fmt.Errorf("reading %s: %w", what, err)
	}
	return item, nil
}

// page reads the rows of a query, whose last parameter is its LIMIT, as far as the bounds of a page allow.
func page[T any](ctx context.Context, r *reader, what string, scan func(database.Row) (T, error), limit int, query string, keys ...any) (items []T, more bool, err error) {
	rows, err := r.tx.QueryContext(ctx, query, append(keys, limit+1)...)
	if err != nil {
		return nil, false, fmt.Errorf("listing %s: %w", what, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	measured := measuredRow{Row: rows}
	for rows.Next() {
		if len(items) == limit {
			return items, true, nil
		}
		item, err := scan(&measured)
		if err != nil {
			return nil, false, fmt.Errorf("listing %s: %w", what, err)
		}
		if len(items) > 0 && measured.bytes > domain.PageBytes {
			return items, true, nil
		}
		items = append(items, item)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("listing %s: %w", what, err)
	}
	return items, false, nil
}

// measuredRow counts the bytes of the texts that are scanned through it.
type measuredRow struct {
	database.Row
	bytes int
}

// Scan scans and counts.
func (r *measuredRow) Scan(columns ...any) error {
	if err := r.Row.Scan(columns...); err != nil {
		return err
	}
	for _, column := range columns {
		if text, ok := column.(*string); ok {
			r.bytes += len(*text)
		}
	}
	return nil
}

// document is a value kept as JSON text.
func document(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// instant is microseconds since 1970 as a time in UTC.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
