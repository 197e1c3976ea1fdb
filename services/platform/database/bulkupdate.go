package database

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// Column is a column of a table and its type, TEXT or BIGINT.
type Column struct{ Name, Type string }

// The types of columns.
const (
	columnText   = "TEXT"
	columnNumber = "BIGINT"
)

// UpdateAll updates many rows at once: long stretches of rows that follow one another with a statement
// each, and the others with one statement on PostgreSQL and with multi-row statements on SQLite. Each
// element of rows holds the values of the keys, which identify at most
// one row, followed by the values to set. A value is a string for TEXT, an int64 for BIGINT, or nil; another
// one is an error, on both engines, and nothing is updated. It returns the number of updated rows.
func (tx *Tx) UpdateAll(ctx context.Context, table string, keys, set []Column, rows [][]any) (updated int64, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	if err := checkRows(slices.Concat(keys, set), rows); err != nil {
		return 0, fmt.Errorf("updating %d rows of %s: %w", len(rows), table, err)
	}
	stretches, others := stretchesOf(keys, rows)
	for _, long := range stretches {
		var changed int64
		if changed, err = tx.updateStretch(ctx, table, keys, set, long); err != nil {
			break
		}
		updated += changed
	}
	if err == nil && len(others) > 0 {
		var changed int64
		if tx.Engine == PostgreSQL {
			changed, err = tx.updateFromArrays(ctx, table, keys, set, others)
		} else {
			changed, err = tx.updateFromValues(ctx, table, keys, set, others)
		}
		updated += changed
	}
	if err != nil {
		return 0, fmt.Errorf("updating %d rows of %s: %w", len(rows), table, err)
	}
	return updated, nil
}

func (tx *Tx) updateFromArrays(ctx context.Context, table string, keys, set []Column, rows [][]any) (int64, error) {
	columns := slices.Concat(keys, set)
	var arrays, names, where, sets []string
	values := make([]any, len(columns))
	for i, column := range columns {
		arrays = append(arrays, fmt.Sprintf("$%d::%s[]", i+1, column.Type))
		names = append(names, fmt.Sprintf("c%d", i))
		if i < len(keys) {
			where = append(where, fmt.Sprintf("t.%s = u.c%d", column.Name, i))
		} else {
			sets = append(sets, fmt.Sprintf("%s = u.c%d", column.Name, i))
		}
		values[i] = arrayOf(column.Type, rows, i)
	}
	result, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE %s AS t SET %s FROM unnest(%s) AS u(%s) WHERE %s", table,
		strings.Join(sets, ", "), strings.Join(arrays, ", "), strings.Join(names, ", "), strings.Join(where, " AND ")), values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// checkRows returns an error that names the first value that is not of its column's type.
func checkRows(columns []Column, rows [][]any) error {
	if err := checkLengths(len(columns), rows); err != nil {
		return err
	}
	for i, row := range rows {
		for j, value := range row {
			if !columns[j].holds(value) {
				return fmt.Errorf("row %d: a %T is not a value of the column %s of type %s", i, value, columns[j].Name, columns[j].Type)
			}
		}
	}
	return nil
}

// holds reports whether the column can have a value.
func (c Column) holds(value any) bool {
	switch value.(type) {
	case nil:
		return true
	case string:
		return c.Type == columnText
	case int64:
		return c.Type == columnNumber
	}
	return false
}

// arrayOf returns a column of the rows as an array for PostgreSQL. The values are of the column's type.
func arrayOf(typ string, rows [][]any, column int) any {
	if typ == columnNumber {
		return pointers[int64](rows, column)
	}
	return pointers[string](rows, column)
}

// pointers returns the values of a column, nil for none.
func pointers[T any](rows [][]any, column int) []*T {
	all := make([]*T, len(rows))
	for i, row := range rows {
		if value, present := row[column].(T); present {
			all[i] = &value
		}
	}
	return all
}

// updateFromValues updates with statements of many rows.
func (tx *Tx) updateFromValues(ctx context.Context, table string, keys, set []Column, rows [][]any) (updated int64, err error) {
	listed, shared := listedColumns(len(keys), rows)
	return tx.executeMany(ctx, rows, listed, shared, func(rows int) string { return updateStatement(table, keys, set, listed, rows) })
}

// updateStatement returns an UPDATE from a VALUES list of the listed columns, which SQLite names column1,
// column2 and so on. The parameters of the other columns precede those of the list.
func updateStatement(table string, keys, set []Column, listed []int, rows int) string {
	var where, sets []string
	for i, column := range keys {
		where = append(where, fmt.Sprintf("%s.%s = v.column%d", table, column.Name, i+1))
	}
	for i, column := range set {
		value := "?"
		if place, isListed := slices.BinarySearch(listed, len(keys)+i); isListed {
			value = fmt.Sprintf("v.column%d", place+1)
		}
		sets = append(sets, column.Name+" = "+value)
	}
	return fmt.Sprintf("UPDATE %s SET %s FROM (VALUES %s) AS v WHERE %s", table, strings.Join(sets, ", "),
		placeholders(len(listed), rows), strings.Join(where, " AND "))
}
