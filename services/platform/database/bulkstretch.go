package database

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// shortestStretch is how many rows a stretch needs for a statement of its own. On PostgreSQL, that statement
// is a round trip, which takes as long as about thirty rows gain by it.
const shortestStretch = 32

// stretch is a number of rows that follow one another by a key, from first to last, and are otherwise alike.
type stretch struct {
	// column is the place of the key among the columns, and row the values of the first row.
	column      int
	row         []any
	first, last int64
}

// stretchesOf returns the long stretches of rows, in the order in which they are given, and all other rows. The
// lines of many customers are numbered one after the other, as they were entered or imported, and a run moves
// them from the same date to the same other one. A condition on a range of keys then costs half as much as
// one on each key.
func stretchesOf(keys []Column, rows [][]any) (long []stretch, others [][]any) {
	column := slices.IndexFunc(keys, func(key Column) bool { return key.Type == columnNumber })
	if column < 0 || len(rows) < shortestStretch {
		return nil, rows
	}
	for len(rows) > 0 {
		n := 1
		for n < len(rows) && follows(rows[n-1], rows[n], column) {
			n++
		}
		if n >= shortestStretch {
			first := rows[0][column].(int64)
			long = append(long, stretch{column, rows[0], first, first + int64(n) - 1})
		} else {
			others = append(others, rows[:n]...)
		}
		rows = rows[n:]
	}
	return long, others
}

// follows reports whether a row has the next number in a column, and else the same values.
func follows(before, row []any, column int) bool {
	number, present := before[column].(int64)
	if next, also := row[column].(int64); !present || !also || next <= number || next-number != 1 {
		return false
	}
	for i, value := range row {
		if i != column && value != before[i] {
			return false
		}
	}
	return true
}

// updateStretch updates the rows of a stretch.
func (tx *Tx) updateStretch(ctx context.Context, table string, keys, set []Column, of stretch) (int64, error) {
	var sets, where []string
	var values []any
	parameter := func(value any) string {
		values = append(values, value)
		return fmt.Sprintf("$%d", len(values))
	}
	for i, column := range set {
		sets = append(sets, column.Name+" = "+parameter(of.row[len(keys)+i]))
	}
	for i, column := range keys {
		condition := column.Name
		if i == of.column {
			condition += " BETWEEN " + parameter(of.first) + " AND " + parameter(of.last)
		} else {
			condition += " = " + parameter(of.row[i])
		}
		where = append(where, condition)
	}
	result, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE %s SET %s WHERE %s", table, strings.Join(sets, ", "), strings.Join(where, " AND ")), values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
