package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sqliteParameters is the maximum number of parameters of a SQLite statement: few enough that
// statements stay in the caches, many enough that there are few statements.
const sqliteParameters = 900

// fewestShared is how many rows of an INSERT are given what they have in common once.
const fewestShared = 64

// InsertAll inserts many rows at once: with COPY on PostgreSQL and with multi-row statements on
// SQLite. Each row has one value per column. A duplicate key results in ErrUnique and fails the
// transaction.
func (tx *Tx) InsertAll(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	err := checkLengths(len(columns), rows)
	if err != nil {
		return fmt.Errorf("inserting %d rows into %s: %w", len(rows), table, err)
	}
	if tx.Engine == PostgreSQL {
		err = tx.copyIn(ctx, table, columns, rows)
	} else {
		err = tx.insertMany(ctx, table, columns, rows)
	}
	if isUnique(err) {
		err = &sentinelError{ErrUnique, err}
	}
	if err != nil {
		return fmt.Errorf("inserting %d rows into %s: %w", len(rows), table, err)
	}
	return nil
}

func (tx *Tx) copyIn(ctx context.Context, table string, columns []string, rows [][]any) error {
	ctx = tx.uninterrupted(ctx)
	return tx.connection.Raw(func(driver any) error {
		connection, ok := driver.(*postgres)
		if !ok {
			return errors.New("the connection is not a pgx connection")
		}
		connection.touch("INSERT INTO " + table)
		connection.releaseBefore(table)
		if err := connection.flush(ctx); err != nil {
			return err
		}
		connection.ahead, connection.member.changed = nil, true
		_, err := connection.native().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

// checkLengths returns an error that names the first row that has not one value per column.
func checkLengths(columns int, rows [][]any) error {
	for i, row := range rows {
		if len(row) != columns {
			return fmt.Errorf("row %d has %d values for %d columns", i, len(row), columns)
		}
	}
	return nil
}

// insertMany inserts rows with statements of many rows. A value that all rows have in common is
// given once: a run inserts thousands of rows that differ in two of five columns, or in five of thirteen. A few rows have a value
// each, so that what they have in common does not make another statement of them.
func (tx *Tx) insertMany(ctx context.Context, table string, columns []string, rows [][]any) error {
	keys := 0
	if len(rows) < fewestShared {
		keys = len(columns)
	}
	listed, shared := listedColumns(keys, rows)
	_, err := tx.executeMany(ctx, rows, listed, shared, func(rows int) string {
		if len(shared) == 0 {
			return insertStatement(table, columns, rows)
		}
		return insertListed(table, columns, listed, rows)
	})
	return err
}

// executeMany runs statements on rows on SQLite, each on as many as it has parameters for, and returns how many rows they changed. The
// parameters are the shared values, and then the listed columns of the rows. The connection keeps the statements prepared, and gets
// the values as they are: package sql copies them once more, which takes a run 3 % of its time.
func (tx *Tx) executeMany(ctx context.Context, rows [][]any, listed []int, shared []any, statement func(rows int) string) (changed int64, err error) {
	many := manyRows{rows, listed, shared, statement}
	if tx.connection == nil { // of a Step
		return many.execute(func(text string, values parameters) (driver.Result, error) {
			return tx.ExecContext(ctx, text, values.list()...)
		})
	}
	ctx = tx.uninterrupted(ctx)
	err = tx.connection.Raw(func(own any) (err error) {
		opened, ok := own.(*connection)
		if !ok {
			return fmt.Errorf("%T is not a connection to SQLite", own)
		}
		if !opened.changing.open {
			return sql.ErrTxDone // undone as its context ended
		}
		changed, err = many.execute(func(text string, values parameters) (driver.Result, error) {
			return opened.ExecContext(ctx, text, values)
		})
		return err
	})
	return changed, err
}

// manyRows are rows for statements of many rows.
type manyRows struct {
	rows      [][]any
	listed    []int
	shared    []any
	statement func(rows int) string
}

// execute runs the statements with do, which does not keep the values.
func (m *manyRows) execute(do func(string, parameters) (driver.Result, error)) (changed int64, err error) {
	values := make(parameters, 0, min(len(m.shared)+len(m.rows)*len(m.listed), sqliteParameters))
	if err := values.add(m.shared...); err != nil {
		return 0, err
	}
	for part := range parts(m.rows, max(1, (sqliteParameters-len(m.shared))/len(m.listed))) {
		values = values[:len(m.shared)]
		for _, row := range part {
			for _, column := range m.listed {
				if err := values.add(row[column]); err != nil {
					return 0, err
				}
			}
		}
		result, err := do(m.statement(len(part)), values)
		if err != nil {
			return 0, err
		}
		of, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		changed += of
	}
	return changed, nil
}

// parameters are the parameters of a statement, as a driver has them.
type parameters []driver.NamedValue

func (p *parameters) add(values ...any) error {
	for _, value := range values {
		converted, err := driver.DefaultParameterConverter.ConvertValue(value)
		if err != nil {
			return fmt.Errorf("parameter %d: %w", len(*p)+1, err)
		}
		*p = append(*p, driver.NamedValue{Ordinal: len(*p) + 1, Value: converted})
	}
	return nil
}

// list returns the values.
func (p parameters) list() []any {
	values := make([]any, len(p))
	for i, parameter := range p {
		values[i] = parameter.Value
	}
	return values
}

// parts divides rows into parts of a given length, as long as there are enough, and then of powers of two. So few
// statements serve any number of rows. Preparing one for hundreds of values takes half a millisecond: that was 5 % of
// the time for which a run writes.
func parts(rows [][]any, most int) iter.Seq[[][]any] {
	return func(yield func([][]any) bool) {
		for len(rows) > 0 {
			n := most
			if len(rows) < most {
				n = 1 << (bits.Len(uint(len(rows))) - 1)
			}
			if !yield(rows[:n]) {
				return
			}
			rows = rows[n:]
		}
	}
}

func insertStatement(table string, columns []string, rows int) string {
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), placeholders(len(columns), rows))
}

// insertListed returns an INSERT from a VALUES list of the listed columns, which SQLite names column1, column2 and so on. The
// parameters of the other columns precede those of the list.
func insertListed(table string, columns []string, listed []int, rows int) string {
	values := make([]string, len(columns))
	for i := range values {
		values[i] = "?"
	}
	for i, column := range listed {
		values[column] = fmt.Sprintf("v.column%d", i+1)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM (VALUES %s) AS v", table, strings.Join(columns, ", "),
		strings.Join(values, ", "), placeholders(len(listed), rows))
}

// listedColumns returns the places of the columns whose values are listed row by row, and the values of the
// others, in which all rows have the same: those are given once. Giving their values to the driver takes a seventh of the update of
// lines that a run moves from one date to another, and three tenths of the insertion of their periods. Keys, the first columns, are
// always listed: a tenant given as a value of its own tempts the planner to read all rows of the tenant.
func listedColumns(keys int, rows [][]any) (listed []int, shared []any) {
	for column, value := range rows[0] {
		if column < keys || slices.ContainsFunc(rows[1:], func(row []any) bool { return !isSame(value, row[column]) }) {
			listed = append(listed, column)
		} else {
			shared = append(shared, value)
		}
	}
	if len(listed) == 0 || len(rows) == 1 {
		listed, shared = nil, nil
		for column := range rows[0] {
			listed = append(listed, column)
		}
	}
	return listed, shared
}

// isSame reports whether two values are the same text, number or NULL. Others are not compared.
func isSame(one, other any) bool {
	switch one.(type) {
	case nil, string, int64:
		return one == other
	}
	return false
}

// placeholders returns the parameters of a number of rows: `(?, ?), (?, ?)`.
func placeholders(columns, rows int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, rows-1)
}
