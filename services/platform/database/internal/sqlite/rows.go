package sqlite

import (
	"context"
	"database/sql/driver"
	"io"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// rememberedText is the length of texts that a statement remembers of the row before, in bytes.
const rememberedText = 64

// rows is the result of a statement.
type rows struct {
	of  *Stmt
	ctx context.Context
	// next is what the last step returned, 0 if its row was read.
	next int32
	// closing says that the statement is closed with its result.
	closing bool
}

// Columns returns the names of the columns.
func (r *rows) Columns() []string { return r.of.columns }

// Close ends the run of the statement.
func (r *rows) Close() error {
	if r.of == nil {
		return nil
	}
	s := r.of
	r.of = nil
	if r.closing {
		return s.Close()
	}
	if code := s.reset(); code != sqlite3.SQLITE_OK && code != r.next { // Next returned the error of its step
		return s.on.fail(code)
	}
	return nil
}

// Next reads a row.
func (r *rows) Next(row []driver.Value) error {
	if r.next == 0 {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		r.next = r.of.step(r.ctx)
	}
	switch r.next {
	case sqlite3.SQLITE_DONE:
		return io.EOF
	case sqlite3.SQLITE_ROW:
		r.next = 0
		for i := range row {
			row[i] = r.of.value(i)
		}
		return nil
	default:
		return r.of.on.failure(r.ctx, r.next)
	}
}

// value returns a value of the row at which the statement stands.
func (s *Stmt) value(i int) driver.Value {
	tls, handle, column := s.on.tls, s.handle, int32(i)
	switch sqlite3.Xsqlite3_column_type(tls, handle, column) {
	case sqlite3.SQLITE_INTEGER:
		number := sqlite3.Xsqlite3_column_int64(tls, handle, column)
		if last, ok := s.last[i].(int64); !ok || last != number {
			s.last[i] = number
		}
		return s.last[i]
	case sqlite3.SQLITE_FLOAT:
		return sqlite3.Xsqlite3_column_double(tls, handle, column)
	case sqlite3.SQLITE_TEXT:
		address := sqlite3.Xsqlite3_column_text(tls, handle, column)
		return s.text(i, bytesAt(address, int(sqlite3.Xsqlite3_column_bytes(tls, handle, column))))
	case sqlite3.SQLITE_BLOB:
		address := sqlite3.Xsqlite3_column_blob(tls, handle, column)
		size := int(sqlite3.Xsqlite3_column_bytes(tls, handle, column))
		if size == 0 {
			return []byte(nil)
		}
		return append(make([]byte, 0, size), bytesAt(address, size)...)
	default:
		return nil
	}
}

// text returns the value of a text, that of the row before if it is the same.
func (s *Stmt) text(i int, of []byte) driver.Value {
	if s.times[i] {
		if at, err := time.Parse(time.DateTime, string(of)); err == nil {
			return at
		}
	}
	if len(of) > rememberedText {
		return string(of)
	}
	if last, ok := s.last[i].(string); !ok || last != string(of) {
		s.last[i] = string(of)
	}
	return s.last[i]
}
