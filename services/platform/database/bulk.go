package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
		if err := connection.flush(ctx); err != nil {
			return err
		}
		connection.ahead, connection.member.changed = nil, true
		_, err := connection.native().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	})
}

func (tx *Tx) insertMany(ctx context.Context, table string, columns []string, rows [][]any) (err error) {
	most := max(1, sqliteParameters/len(columns))
	var full *sql.Stmt
	if len(rows) >= most {
		if full, err = tx.PrepareContext(ctx, insertStatement(table, columns, most)); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, full.Close()) }()
	}
	values := make([]any, 0, most*len(columns))
	for len(rows) > 0 {
		part := rows[:min(most, len(rows))]
		rows = rows[len(part):]
		values = values[:0]
		for _, row := range part {
			values = append(values, row...)
		}
		if len(part) == most {
			_, err = full.ExecContext(ctx, values...)
		} else {
			_, err = tx.ExecContext(ctx, insertStatement(table, columns, len(part)), values...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func insertStatement(table string, columns []string, rows int) string {
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", table, strings.Join(columns, ", "), placeholders(len(columns), rows))
}

// placeholders returns the parameters of a number of rows: `(?, ?), (?, ?)`.
func placeholders(columns, rows int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return row + strings.Repeat(", "+row, rows-1)
}
