package databasetest

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// Written is a table that a benchmark has written to.
type Written struct {
	// Table is its name, Columns the names of the columns that were written, with spaces between them; "" means all.
	Table, Columns string
	// Times is how often each row was written; 0 means once.
	Times int
}

// A COPY that takes less than longCopy is measured copies times, as one may take half as long again as the next: on a new
// PostgreSQL cluster the log's files are still being made.
const (
	longCopy = 5 * time.Second
	copies   = 3
)

// CopyTime returns how long a bare COPY takes for all rows of some tables, into empty tables with the same keys and indexes. On SQLite it
// is prepared INSERTs of many rows, with a parameter for each value. Its connection has been used for each table before. It is the median
// of several, unless they take long.
func CopyTime(b *testing.B, from *database.DB, migrations fs.FS, written ...Written) time.Duration {
	b.Helper()
	all := []time.Duration{copyTime(b, from, migrations, written)}
	for all[0] < longCopy && len(all) < copies {
		all = append(all, copyTime(b, from, migrations, written))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func copyTime(b *testing.B, from *database.DB, migrations fs.FS, written []Written) (took time.Duration) {
	b.Helper()
	into := Open(b, Migrated(b, from.Engine(), migrations), migrations)
	for _, table := range written {
		c := copying{into: into, table: table.Table, columns: strings.Fields(table.Columns)}
		if err := from.Read(b.Context(), c.run); err != nil {
			b.Fatal(err)
		}
		took += time.Duration(max(1, table.Times)) * c.took
	}
	return took
}

// copying copies a table in parts.
type copying struct {
	into    *database.DB
	table   string
	columns []string
	rows    [][]any
	took    time.Duration
}

func (c *copying) run(ctx context.Context, tx *database.Tx) (err error) {
	const part = 20_000
	rows, err := tx.QueryContext(ctx, `SELECT `+cmp.Or(strings.Join(c.columns, ", "), "*")+` FROM `+c.table)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if c.columns, err = rows.Columns(); err != nil {
		return err
	}
	for rows.Next() {
		values, pointers := make([]any, len(c.columns)), make([]any, len(c.columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			return err
		}
		c.rows = append(c.rows, values)
		if c.took == 0 && len(c.rows) == 1 {
			if err := c.try(ctx); err != nil {
				return err
			}
		}
		if len(c.rows) == part {
			if err := c.write(ctx); err != nil {
				return err
			}
		}
	}
	return errors.Join(rows.Err(), c.write(ctx))
}

// try writes the first row, and undoes it.
func (c *copying) try(ctx context.Context) error {
	undone := errors.New("undone")
	var failed error
	err := c.into.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		failed = c.copy(ctx, tx)
		return undone
	})
	if errors.Is(err, undone) {
		return failed
	}
	return err
}

// write writes the rows that were read, and adds the time that this takes.
func (c *copying) write(ctx context.Context) error {
	began := time.Now()
	err := c.into.Write(ctx, c.copy)
	c.took, c.rows = c.took+time.Since(began), nil
	return err
}

func (c *copying) copy(ctx context.Context, tx *database.Tx) error {
	if tx.Engine == database.PostgreSQL {
		return tx.InsertAll(ctx, c.table, c.columns, c.rows) // a COPY
	}
	return c.insert(ctx, tx)
}

// insert inserts the rows with statements of up to 900 parameters.
func (c *copying) insert(ctx context.Context, tx *database.Tx) error {
	const parameters = 900
	row := "(?" + strings.Repeat(", ?", len(c.columns)-1) + ")"
	for part := range slices.Chunk(c.rows, parameters/len(c.columns)) {
		statement := `INSERT INTO ` + c.table + ` (` + strings.Join(c.columns, ", ") + `) VALUES ` + row + strings.Repeat(", "+row, len(part)-1)
		if _, err := tx.ExecContext(ctx, statement, slices.Concat(part...)...); err != nil {
			return err
		}
	}
	return nil
}
