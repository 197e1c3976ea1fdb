package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// insertAll inserts many rows into a table at once. R is the struct that sqlc generates for the
// table; its fields are the columns.
func insertAll[R any](ctx context.Context, tx *database.Tx, table string, of []R) error {
	values := make([][]any, len(of))
	for i := range of {
		values[i] = valuesOf(reflect.ValueOf(&of[i]).Elem())
	}
	return tx.InsertAll(ctx, table, columnsOf[R](), values)
}

// importAll is insertAll for imported rows. It returns ErrTaken for a key that is in use.
func importAll[R any](ctx context.Context, w *writer, table string, of []R) error {
	err := insertAll(ctx, w.tx, table, of)
	if errors.Is(err, database.ErrUnique) {
		return fmt.Errorf("inserting into %s: %w", table, mutation.ErrTaken)
	}
	return err
}

// valuesOf returns the column values of a row.
func valuesOf(row reflect.Value) []any {
	values := make([]any, row.NumField())
	for i := range values {
		values[i] = row.Field(i).Interface()
		if nullable, ok := values[i].(driver.Valuer); ok {
			values[i], _ = nullable.Value() // package sql's Value methods do not fail
		}
	}
	return values
}

// columnsOf returns the column names of a table from the fields of its sqlc struct: bill_to_id for
// BillToID.
func columnsOf[R any]() []string {
	row := reflect.TypeFor[R]()
	columns := make([]string, row.NumField())
	for i := range columns {
		var column strings.Builder
		upper := true
		for _, letter := range row.Field(i).Name {
			if unicode.IsUpper(letter) && !upper {
				column.WriteByte('_')
			}
			upper = unicode.IsUpper(letter)
			column.WriteRune(unicode.ToLower(letter))
		}
		columns[i] = column.String()
	}
	return columns
}

// orNull returns NULL for an empty text, as a value of a bulk insert.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
