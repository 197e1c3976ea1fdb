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

// insertAll inserts many rows of a table at once. R is what sqlc generates of the table: its fields are the columns.
func insertAll[R any](ctx context.Context, tx *database.Tx, table string, of []R) error {
	values := make([][]any, len(of))
	for i := range of {
		values[i] = valuesOf(reflect.ValueOf(&of[i]).Elem())
	}
	return tx.InsertAll(ctx, table, columnsOf[R](), values)
}

// importAll is insertAll of what is imported: a key that is taken is ErrTaken.
func importAll[R any](ctx context.Context, w *writer, table string, of []R) error {
	err := insertAll(ctx, w.tx, table, of)
	if errors.Is(err, database.ErrUnique) {
		return fmt.Errorf("inserting into %s: %w", table, mutation.ErrTaken)
	}
	return err
}

// valuesOf returns the values of a row.
func valuesOf(row reflect.Value) []any {
	values := make([]any, row.NumField())
	for i := range values {
		values[i] = row.Field(i).Interface()
		if nullable, ok := values[i].(driver.Valuer); ok {
			values[i], _ = nullable.Value() // that of package sql, which does not fail
		}
	}
	return values
}

// columnsOf returns the columns of a table, as sqlc made the fields of its struct of them: BillToID of bill_to_id.
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

// orNull returns a text that is NULL where it is empty, among the values of many rows.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
