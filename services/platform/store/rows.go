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

// Kept returns a time as stores keep it: in UTC, to the microsecond.
func Kept(at time.Time) time.Time { return at.UTC().Truncate(time.Microsecond) }

// Instant converts a column of microseconds since 1970-01-01 UTC; 0 is the zero time.
func Instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Micros converts a time to the microseconds that Instant reads.
func Micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// One returns the only row of a query, or mutation.ErrNotFound. what names the row in errors:
// "item".
func One[T any](ctx context.Context, tx *database.Tx, what string, scan func(database.Row) (T, error), query string, args ...any) (T, error) {
	found, err := scan(tx.QueryRowContext(ctx, query, args...))
	return found, Found(err, what)
}

// Found wraps the error of a generated single-row query and converts sql.ErrNoRows to
// mutation.ErrNotFound.
func Found(err error, what string) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = mutation.ErrNotFound
	}
	return fmt.Errorf("reading a %s: %w", what, err)
}

// ChangedRows returns none if a statement affected no row, and err otherwise. none is
// mutation.ErrTaken for an INSERT ... ON CONFLICT DO NOTHING, and mutation.ErrStale for an UPDATE
// that checks the version.
func ChangedRows(rows int64, err error, none error) error {
	if err == nil && rows == 0 {
		return none
	}
	return err
}

// Later returns statements that write the row of a resource, at the latest with the commit; see
// database.Tx.LaterOne. what and key name the resource in faults: "item", "RMR-MON". none is why a statement may write
// no row, as in ChangedRows.
func (w Writer) Later(none error, what string, key any) database.Statements {
	return w.Reader.Tx.LaterOne(func(err error) error {
		if errors.Is(err, database.ErrNoRow) {
			err = none
		}
		return mutation.Explain(fmt.Errorf("writing %s %v: %w", what, key, err), what, key)
	})
}

// JSON stores a value as JSON text in a column. For scanning, Of must be a pointer.
type JSON struct{ Of any }

// Value returns the JSON text.
func (j JSON) Value() (driver.Value, error) {
	text, err := json.Marshal(j.Of)
	if err != nil {
		return nil, fmt.Errorf("encoding a JSON column: %w", err)
	}
	return string(text), nil
}

// Scan sets the value from JSON text. NULL and empty text leave it unchanged.
func (j JSON) Scan(column any) error {
	var text sql.NullString
	if err := text.Scan(column); err != nil {
		return fmt.Errorf("decoding a JSON column: %w", err)
	}
	if text.String == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(text.String), j.Of); err != nil {
		return fmt.Errorf("decoding a JSON column: %w", err)
	}
	return nil
}
