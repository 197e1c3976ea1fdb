package database

import (
	"database/sql/driver"
	"io"

	"github.com/jackc/pgx/v5"
)

// buffered is the whole result of a query.
type buffered struct {
	columns []string
	rows    [][]driver.Value
}

// buffer reads all rows of a result.
func buffer(rows pgx.Rows) (*buffered, error) {
	defer rows.Close()
	read := &buffered{}
	for rows.Next() {
		row := make([]driver.Value, len(rows.FieldDescriptions()))
		if err := readRow(rows, row); err != nil {
			return nil, err
		}
		read.rows = append(read.rows, row)
	}
	read.columns = columnsOf(rows)
	return read, rows.Err()
}

// Columns returns the names of the columns.
func (b *buffered) Columns() []string { return b.columns }

// Close does nothing.
func (b *buffered) Close() error { return nil }

// Next reads a row.
func (b *buffered) Next(row []driver.Value) error {
	if len(b.rows) == 0 {
		return io.EOF
	}
	copy(row, b.rows[0])
	b.rows = b.rows[1:]
	return nil
}

// streamed is the result of a query that was sent with other statements.
type streamed struct {
	rows    pgx.Rows
	results pgx.BatchResults
	of      *postgres
	// first says that the first row was read already, unless there is none.
	first, more bool
}

// stream returns the result of the last statement of a round trip. It reads the first row, since that
// shows whether the query failed.
func (c *postgres) stream(results pgx.BatchResults) (driver.Rows, error) {
	rows, err := results.Query()
	if err != nil {
		return nil, c.end(results, err)
	}
	more := rows.Next()
	if err := rows.Err(); err != nil {
		return nil, c.end(results, err)
	}
	return &streamed{rows, results, c, true, more}, nil
}

// Columns returns the names of the columns.
func (s *streamed) Columns() []string { return columnsOf(s.rows) }

// Close ends the round trip.
func (s *streamed) Close() error {
	s.rows.Close()
	return s.of.end(s.results, s.rows.Err())
}

// Next reads a row.
func (s *streamed) Next(row []driver.Value) error {
	if !s.first {
		s.more = s.rows.Next()
	}
	s.first = false
	if s.more {
		return readRow(s.rows, row)
	}
	if err := s.rows.Err(); err != nil {
		return err
	}
	return io.EOF
}

func columnsOf(rows pgx.Rows) []string {
	fields := rows.FieldDescriptions()
	names := make([]string, len(fields))
	for i, field := range fields {
		names[i] = field.Name
	}
	return names
}

// readRow converts the row at which the result stands.
func readRow(rows pgx.Rows, into []driver.Value) error {
	values, err := rows.Values()
	if err != nil {
		return err
	}
	for i, value := range values {
		switch value := value.(type) {
		case int16:
			into[i] = int64(value)
		case int32:
			into[i] = int64(value)
		case float32:
			into[i] = float64(value)
		case driver.Valuer: // numeric, the type of sums
			if into[i], err = value.Value(); err != nil {
				return err
			}
		default:
			into[i] = value
		}
	}
	return nil
}
