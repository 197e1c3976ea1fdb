package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Instant reads a column of microseconds since 1970; 0 is the zero time.
func Instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Micros is what Instant reads.
func Micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// One reads the one row of a query, or is mutation.ErrNotFound; what names it in errors: "item".
func One[T any](ctx context.Context, tx *database.Tx, what string, scan func(database.Row) (T, error), query string, args ...any) (T, error) {
	found, err := scan(tx.QueryRowContext(ctx, query, args...))
	return found, Found(err, what)
}

// Found is what an error of reading one row says: mutation.ErrNotFound where there was none. It serves generated queries.
func Found(err error, what string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = mutation.ErrNotFound
	}
	return fmt.Errorf("reading a %s: %w", what, err)
}

// ChangedRows checks that a statement changed a row, as generated queries tell. Where it changed none the error is none:
// mutation.ErrTaken of an INSERT that leaves a key alone that is taken, mutation.ErrStale of an UPDATE that names the version
// it replaces.
func ChangedRows(rows int64, err error, none error) error {
	if err == nil && rows == 0 {
		return none
	}
	return err
}

// JSON is a column that holds a value as JSON text: a parameter of a statement, and what a row is scanned into, where Of is
// a pointer.
type JSON struct{ Of any }

// Value is the JSON text.
func (j JSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.Of)
	if err != nil {
		return nil, fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// Scan sets the value from JSON text; a column that is NULL or empty leaves it.
func (j JSON) Scan(column any) error {
	var text sql.NullString
	if err := text.Scan(column); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	if text.String == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text.String), j.Of); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	return nil
}
