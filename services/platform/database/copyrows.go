package database

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
)

// copyBatch is how many rows are copied with one statement.
const copyBatch = 1000

// checksum is the number of rows and the sum of their SHA-256, which does not depend on their order.
type checksum struct {
	rows int64
	sum  [sha256.Size / 8]uint64
}

func (c *checksum) add(row []any) {
	hash := sha256.New()
	for _, value := range row {
		format := "%#v\n"
		if _, isBytes := value.([]byte); isBytes {
			format = "%x\n"
		}
		_, _ = fmt.Fprintf(hash, format, value) // a hash never returns an error
	}
	digest := hash.Sum(nil)
	for i := range c.sum {
		c.sum[i] += binary.BigEndian.Uint64(digest[8*i:])
	}
	c.rows++
}

// copyTable copies the rows of a table, numbers what follows after them, and compares what it wrote
// with what it read.
func copyTable(ctx context.Context, source, target *Tx, t table) (rows int64, err error) {
	var read, written checksum
	columns := t.columnNames()
	var batch [][]any
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return target.InsertAll(ctx, t.name, columns, batch)
	}
	err = source.eachRow(ctx, t, func(row []any) error {
		read.add(row)
		if batch = append(batch, row); len(batch) < copyBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return 0, err
	}
	if err := flush(); err != nil {
		return 0, err
	}
	if err := target.eachRow(ctx, t, func(row []any) error {
		written.add(row)
		return nil
	}); err != nil {
		return 0, err
	}
	if read != written {
		return 0, fmt.Errorf("the copy of %d rows differs from the %d that were read", written.rows, read.rows)
	}
	return read.rows, continueNumbers(ctx, source, target, t)
}

// eachRow calls do with every row of a table.
func (tx *Tx) eachRow(ctx context.Context, t table, do func(row []any) error) error {
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(t.columnNames(), ", ")+" FROM "+t.name)
	if err != nil {
		return fmt.Errorf("reading the rows: %w", err)
	}
	defer func() { _ = rows.Close() }() // Err reports what matters
	for rows.Next() {
		row, into := make([]any, len(t.columns)), make([]any, len(t.columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return fmt.Errorf("reading a row: %w", err)
		}
		for i, c := range t.columns {
			if row[i], err = c.value(row[i]); err != nil {
				return err
			}
		}
		if err := do(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// continueNumbers makes a column that numbers its rows go on after the last number that the source
// has given, also if its row is gone.
func continueNumbers(ctx context.Context, source, target *Tx, t table) error {
	for _, c := range t.columns {
		if !c.numbered {
			continue
		}
		var last int64
		if err := source.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = $1", t.name).Scan(&last); err != nil {
			return fmt.Errorf("reading the last number: %w", err)
		}
		if _, err := target.ExecContext(ctx, "SELECT setval(pg_get_serial_sequence($1, $2), $3 + 1, FALSE)", t.name, c.name, last); err != nil {
			return fmt.Errorf("setting the next number: %w", err)
		}
	}
	return nil
}
