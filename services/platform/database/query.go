package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Row is what sql.Row and sql.Rows have in common.
type Row interface{ Scan(columns ...any) error }

// Querier runs queries of many rows: a Tx, or a ListTx, which makes lists of them.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Select reads the rows of a query in its order; what names one of them in errors.
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
		if err != nil {
			return nil, fmt.Errorf("reading a %s: %w", what, err)
		}
		list = append(list, value)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading each %s: %w", what, err)
	}
	return list, nil
}

// In is the condition, for after a column, that its value is one of the many that Many made the parameter of.
func (tx *Tx) In(parameter string) string {
	if tx.Engine == PostgreSQL {
		return " = ANY(" + parameter + ")"
	}
	return " IN (SELECT value FROM json_each(" + parameter + "))"
}

// Many is a parameter that stands for all of the values, for In.
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
