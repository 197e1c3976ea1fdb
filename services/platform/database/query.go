package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Row is the interface that sql.Row and sql.Rows share.
type Row interface{ Scan(columns ...any) error }

// Querier runs multi-row queries: a Tx, or a ListTx, which turns them into lists.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// ErrEnough ends a Select early: scan returns it with the last row that is wanted.
var ErrEnough = errors.New("enough rows")

// Select returns the scanned rows of a query in order. what names a row in errors.
func Select[T any](ctx context.Context, tx Querier, what string, scan func(Row) (T, error), query string, args ...any) (list []T, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading each %s: %w", what, err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("reading each %s: %w", what, closeErr)
		}
	}()
	for rows.Next() {
		value, err := scan(rows)
		if err != nil && !errors.Is(err, ErrEnough) {
			return nil, fmt.Errorf("reading a %s: %w", what, err)
		}
		list = append(list, value)
		if err != nil {
			return list, nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading each %s: %w", what, err)
	}
	return list, nil
}

// In returns the condition, to follow a column, that its value is among those of a parameter made
// by Many.
func (tx *Tx) In(parameter string) string {
	if tx.Engine == PostgreSQL {
		return " = ANY(" + parameter + ")"
	}
	return " IN (SELECT value FROM json_each(" + parameter + "))"
}

// Many returns a parameter for In that holds all of the values.
func Many[T ~int32 | ~int64 | ~string](tx *Tx, values []T) (any, error) {
	if tx.Engine == PostgreSQL {
		return values, nil
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("passing %d values: %w", len(values), err)
	}
	return string(text), nil
}
