package database

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/bits"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sqliteParameters is the maximum number of parameters of a SQLite statement: few enough that
// statements stay in the caches, many enough that there are few statements.
const sqliteParameters = 900

// InsertAll inserts many rows at once: with COPY on PostgreSQL and with multi-row statements on
// SQLite. Each row has one value per column. A duplicate key results in ErrUnique and fails the
// transaction.
func (tx *Tx) InsertAll(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	var err error
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

// insertMany inserts rows with statements of many rows, which the connection keeps prepared.
func (tx *Tx) insertMany(ctx context.Context, table string, columns []string, rows [][]any) error {
	values := make([]any, 0, min(len(rows)*len(columns), sqliteParameters))
	for part := range parts(rows, max(1, sqliteParameters/len(columns))) {
		values = values[:0]
		for _, row := range part {
			values = append(values, row...)
		}
		if _, err := tx.ExecContext(ctx, insertStatement(table, columns, len(part)), values...); err != nil {
			return err
		}
	}
	return nil
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

// placeholders returns the parameters of a number of rows: `(?, ?), (?, ?)`.
func placeholders(columns, rows int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, rows-1)
}
