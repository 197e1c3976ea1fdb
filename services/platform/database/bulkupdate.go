package database

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Column is a column of a table and its type, TEXT or BIGINT.
type Column struct{ Name, Type string }

// UpdateAll updates many rows at once: one statement on PostgreSQL, a prepared one for each row on SQLite. Each row of
// rows holds the values that the keys must have, which lead to one row of the table at the most, then those to set. Values
// are of type string, int64 or, in a TEXT column, nil. It answers how many rows of the table were updated.
func (tx *Tx) UpdateAll(ctx context.Context, table string, keys, set []Column, rows [][]any) (updated int64, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	if tx.Engine == PostgreSQL {
		updated, err = tx.updateFromArrays(ctx, table, keys, set, rows)
	} else {
		updated, err = tx.updateEach(ctx, table, keys, set, rows)
	}
	if err != nil {
		return 0, fmt.Errorf("updating %d rows of %s: %w", len(rows), table, err)
	}
	return updated, nil
}

func (tx *Tx) updateFromArrays(ctx context.Context, table string, keys, set []Column, rows [][]any) (int64, error) {
	columns := append(append([]Column(nil), keys...), set...)
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

// arrayOf is a column of the rows as an array that PostgreSQL takes.
func arrayOf(typ string, rows [][]any, column int) any {
	if typ == "BIGINT" {
		numbers := make([]int64, len(rows))
		for i, row := range rows {
			numbers[i], _ = row[column].(int64)
		}
		return numbers
	}
	texts := make([]*string, len(rows))
	for i, row := range rows {
		if text, ok := row[column].(string); ok {
			texts[i] = &text
		}
	}
	return texts
}

func (tx *Tx) updateEach(ctx context.Context, table string, keys, set []Column, rows [][]any) (updated int64, err error) {
	assign := func(columns []Column, from int) []string {
		texts := make([]string, len(columns))
		for i, column := range columns {
			texts[i] = fmt.Sprintf("%s = ?%d", column.Name, from+i+1)
		}
		return texts
	}
	statement, err := tx.PrepareContext(ctx, fmt.Sprintf("UPDATE %s SET %s WHERE %s", table,
		strings.Join(assign(set, len(keys)), ", "), strings.Join(assign(keys, 0), " AND ")))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	for _, row := range rows {
		result, err := statement.ExecContext(ctx, row...)
		if err != nil {
			return 0, err
		}
		changed, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		updated += changed
	}
	return updated, nil
}
