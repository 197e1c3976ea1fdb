package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// one converts a row that was read by its key. what names its kind in errors.
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

// many converts rows in their order.
func many[R, T any](what string, found []R, err error, of func(R) (T, error)) ([]T, error) {
	items := make([]T, len(found))
	for i := 0; i < len(found) && err == nil; i++ {
		items[i], err = of(found[i])
	}
	if err != nil {
		return nil, reading(what, err)
	}
	return items, nil
}

// reading wraps an error of reading something, and returns nil for nil.
func reading(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading %s: %w", what, err)
}

// list returns the queries for a list.
func (r *reader) list(query listing.Query, fields map[string]string) *rows.Queries {
	return rows.New(r.tx.List(query, fields))
}

// narrowed is a transaction that appends a condition to list queries, which end in their WHERE
// clause. It is for conditions that sqlc cannot express: those on many values, which each engine
// takes in its own way.
type narrowed struct {
	rows.DBTX
	text   string
	values []any
}

// QueryContext runs a list query with the condition appended.
func (n narrowed) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return n.DBTX.QueryContext(ctx, strings.TrimSpace(query)+n.text, append(args, n.values...)...)
}

// where returns list queries with a condition appended.
func (r *reader) where(text string, values ...any) *rows.Queries {
	return rows.New(narrowed{r.tx, text, values})
}

// among reads the rows that have one of many keys. query lists the tenant's rows, and its only
// parameter is the tenant.
func among[R, T any, K ~int32 | ~string](r *reader, what, column string, keys []K, query func(*rows.Queries) ([]R, error), of func(R) (T, error)) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	values, err := database.Many(r.tx, keys)
	if err != nil {
		return nil, err
	}
	found, err := query(r.where(` AND `+column+r.tx.In("$2"), values))
	return many(what, found, err, of)
}

// document marshals a value to JSON, and its zero value to an empty text.
func document(value any) (string, error) {
	if reflect.ValueOf(value).IsZero() {
		return "", nil
	}
	return documentOf(value)
}

// documentOf marshals a value to JSON.
func documentOf(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// readDocument reads what document and documentOf wrote.
func readDocument(text string, value any) error {
	if text == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	return nil
}

// amountOf parses an amount of a currency.
func amountOf(value, currency string) (money.Amount, error) {
	parsed, err := decimal.Parse(value)
	return money.Amount{Value: parsed, Currency: money.Currency(currency)}, err
}

// revisionOf makes a revision from the columns of a row.
func revisionOf(version, created, updated int64) mutation.Revision {
	return mutation.Revision{Version: version, Created: time.UnixMicro(created).UTC(), Updated: time.UnixMicro(updated).UTC()}
}

// nullable returns NULL for an empty text.
func nullable(text string) sql.NullString { return sql.NullString{String: text, Valid: text != ""} }

// dates parses columns of dates and keeps the first error. An empty text is the zero date.
type dates struct{ err error }

func (d *dates) of(text string) (read date.Date) {
	if err := read.UnmarshalText([]byte(text)); err != nil && d.err == nil {
		d.err = err
	}
	return read
}
