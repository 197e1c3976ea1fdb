package database

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// UpdateChanged is like UpdateAll, but on SQLite it sets only the columns that differ in at least one row. SQLite writes to the indexes of
// all columns that an UPDATE names, whether their values change or not; PostgreSQL compares the values itself. UpdateChanged looks at each
// row first, which pays for tables with many indexes on columns that seldom change.
func (tx *Tx) UpdateChanged(ctx context.Context, table string, keys, set []Column, rows [][]any) (updated int64, err error) {
	if tx.Engine == PostgreSQL || len(rows) == 0 || len(set) == 0 {
		return tx.UpdateAll(ctx, table, keys, set, rows)
	}
	if err := checkRows(slices.Concat(keys, set), rows); err != nil {
		return 0, fmt.Errorf("updating %d rows of %s: %w", len(rows), table, err)
	}
	differ, err := tx.differing(ctx, table, keys, set, rows)
	if err != nil {
		return 0, fmt.Errorf("comparing %d rows of %s: %w", len(rows), table, err)
	}
	var names []Column
	for i, column := range set {
		if differ[i] {
			names = append(names, column)
		}
	}
	if len(names) == 0 { // setting one to what it is counts the rows
		names, differ[0] = set[:1], true
	}
	narrow := make([][]any, len(rows))
	for i, row := range rows {
		narrow[i] = slices.Clone(row[:len(keys)])
		for j, value := range row[len(keys):] {
			if differ[j] {
				narrow[i] = append(narrow[i], value)
			}
		}
	}
	return tx.UpdateAll(ctx, table, keys, names, narrow)
}

// differing reports for each column to set whether it has another value in a row with the keys.
func (tx *Tx) differing(ctx context.Context, table string, keys, set []Column, rows [][]any) ([]bool, error) {
	differ := make([]bool, len(set))
	columns := len(keys) + len(set)
	for part := range slices.Chunk(rows, max(1, sqliteParameters/columns)) {
		found, pointers := make([]bool, len(set)), make([]any, len(set))
		for i := range found {
			pointers[i] = &found[i]
		}
		if err := tx.QueryRowContext(ctx, differingStatement(table, keys, set, len(part)), slices.Concat(part...)...).Scan(pointers...); err != nil {
			return nil, err
		}
		for i, is := range found {
			differ[i] = differ[i] || is
		}
	}
	return differ, nil
}

// differingStatement returns a SELECT of a truth value for each column to set, which is true if it differs in at least one row.
func differingStatement(table string, keys, set []Column, rows int) string {
	var where, differ []string
	for i, column := range keys {
		where = append(where, fmt.Sprintf("t.%s = v.column%d", column.Name, i+1))
	}
	for i, column := range set {
		differ = append(differ, fmt.Sprintf("COALESCE(MAX(t.%s IS NOT v.column%d), 0)", column.Name, len(keys)+i+1))
	}
	return fmt.Sprintf("SELECT %s FROM (VALUES %s) AS v CROSS JOIN %s AS t WHERE %s", strings.Join(differ, ", "),
		placeholders(len(keys)+len(set), rows), table, strings.Join(where, " AND "))
}
