package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unsafe"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

const pointerSize = int(unsafe.Sizeof(uintptr(0)))

// keptArguments is how much memory for texts a statement keeps between its uses, in bytes.
const keptArguments = 32 << 10

// Stmt is a prepared statement. It has one result at a time.
type Stmt struct {
	on     *Conn
	handle uintptr
	// arguments holds the number of the argument, from 0, for each parameter: `$2` may come before `$1`.
	arguments []int
	// columns are the names, times says which hold times. They are read when the statement is first run, and again if
	// the engine has prepared it anew for a changed schema. prepared is how often it has.
	columns  []string
	times    []bool
	prepared int32
	// memory holds the texts that are bound, size bytes of the engine's.
	memory uintptr
	size   int
	// last is the row that was read last, without long texts.
	last []driver.Value
}

// prepare prepares the first statement of a text and returns the rest. There is none in a blank text or a comment.
func (c *Conn) prepare(ctx context.Context, text string, how uint32) (prepared *Stmt, rest string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	source, err := libc.CString(text)
	if err != nil {
		return nil, "", err
	}
	defer libc.Xfree(c.tls, source)
	found := c.tls.Alloc(2 * pointerSize)
	defer c.tls.Free(2 * pointerSize)
	tail := found + uintptr(pointerSize)
	c.running = ctx
	code := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, source, int32(len(text)+1), how, found, tail)
	c.running = nil
	if code != sqlite3.SQLITE_OK {
		return nil, "", c.failure(ctx, code)
	}
	rest = text[*(*uintptr)(at(tail))-source:]
	s := &Stmt{on: c, handle: *(*uintptr)(at(found)), prepared: -1}
	if s.handle == 0 {
		return nil, rest, nil
	}
	if err := s.findParameters(); err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	return s, rest, nil
}

// failure returns the error of a statement: that of its context if that ended the statement.
func (c *Conn) failure(ctx context.Context, code int32) error {
	if ended := ctx.Err(); ended != nil && (code == sqlite3.SQLITE_INTERRUPT || code&0xff == sqlite3.SQLITE_BUSY) {
		return ended
	}
	return c.fail(code)
}

func (s *Stmt) findParameters() error {
	s.arguments = make([]int, sqlite3.Xsqlite3_bind_parameter_count(s.on.tls, s.handle))
	for i := range s.arguments {
		s.arguments[i] = i
		name := libc.GoString(sqlite3.Xsqlite3_bind_parameter_name(s.on.tls, s.handle, int32(i+1)))
		if name == "" {
			continue
		}
		number, err := strconv.Atoi(strings.TrimLeft(name, "$?"))
		if err != nil || number < 1 {
			return fmt.Errorf("sqlite: parameter %s must be a number", name)
		}
		s.arguments[i] = number - 1
	}
	return nil
}

// Close ends the use of the statement.
func (s *Stmt) Close() error {
	if s == nil || s.handle == 0 {
		return nil
	}
	code := sqlite3.Xsqlite3_finalize(s.on.tls, s.handle)
	s.handle = 0
	libc.Xfree(s.on.tls, s.memory)
	s.memory, s.size = 0, 0
	if code != sqlite3.SQLITE_OK {
		return s.on.fail(code)
	}
	return nil
}

// NumInput returns -1: who runs the statement checks the arguments.
func (s *Stmt) NumInput() int { return -1 }

// CheckNamedValue converts an argument.
func (s *Stmt) CheckNamedValue(argument *driver.NamedValue) error {
	return s.on.CheckNamedValue(argument)
}

// Exec runs the statement. database/sql calls ExecContext.
func (s *Stmt) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }

// Query runs the statement. database/sql calls QueryContext.
func (s *Stmt) Query([]driver.Value) (driver.Rows, error) { return nil, driver.ErrSkip }

// changed is the number of rows that a statement changed.
type changed int64

// LastInsertId is not known.
func (changed) LastInsertId() (int64, error) {
	return 0, errors.New("sqlite: statements return numbers with RETURNING")
}

// RowsAffected returns the number of rows.
func (n changed) RowsAffected() (int64, error) { return int64(n), nil }

// ExecContext runs the statement to its end.
func (s *Stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	if err := s.bind(ctx, args); err != nil {
		return nil, err
	}
	code := s.step(ctx)
	for code == sqlite3.SQLITE_ROW {
		code = s.step(ctx)
	}
	if code != sqlite3.SQLITE_DONE {
		err := s.on.failure(ctx, code)
		s.reset()
		return nil, err
	}
	affected := changed(sqlite3.Xsqlite3_changes64(s.on.tls, s.on.db))
	if code := s.reset(); code != sqlite3.SQLITE_OK {
		return nil, s.on.fail(code)
	}
	return affected, nil
}

// QueryContext runs the statement up to its first row.
func (s *Stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	found, err := s.query(ctx, args)
	if err != nil {
		return nil, err
	}
	return found, nil
}

func (s *Stmt) query(ctx context.Context, args []driver.NamedValue) (*rows, error) {
	if err := s.bind(ctx, args); err != nil {
		return nil, err
	}
	code := s.step(ctx)
	if code != sqlite3.SQLITE_ROW && code != sqlite3.SQLITE_DONE {
		err := s.on.failure(ctx, code)
		s.reset()
		return nil, err
	}
	s.findColumns()
	return &rows{of: s, ctx: ctx, next: code}, nil
}

// step runs the statement up to its next row.
func (s *Stmt) step(ctx context.Context) int32 {
	s.on.running = ctx
	code := sqlite3.Xsqlite3_step(s.on.tls, s.handle)
	s.on.running = nil
	return code
}

// reset ends a run of the statement. Its result is not an error if a step has returned that.
func (s *Stmt) reset() int32 {
	code := sqlite3.Xsqlite3_reset(s.on.tls, s.handle)
	if s.size > keptArguments {
		sqlite3.Xsqlite3_clear_bindings(s.on.tls, s.handle)
		libc.Xfree(s.on.tls, s.memory)
		s.memory, s.size = 0, 0
	}
	return code
}

// bind binds the parameters. Texts are copied into the statement's memory, where they stay until the next call.
func (s *Stmt) bind(ctx context.Context, args []driver.NamedValue) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	need := 1 // the address of an empty text is not 0
	for _, argument := range s.arguments {
		if argument >= len(args) {
			return fmt.Errorf("sqlite: there is no argument %d", argument+1)
		}
		switch value := args[argument].Value.(type) {
		case string:
			need += len(value)
		case []byte:
			need += len(value)
		}
	}
	if err := s.reserve(need); err != nil {
		return err
	}
	free := s.memory
	for i, argument := range s.arguments {
		var code int32
		parameter := int32(i + 1)
		switch value := args[argument].Value.(type) {
		case nil:
			code = sqlite3.Xsqlite3_bind_null(s.on.tls, s.handle, parameter)
		case int64:
			code = sqlite3.Xsqlite3_bind_int64(s.on.tls, s.handle, parameter, value)
		case bool:
			number := int64(0)
			if value {
				number = 1
			}
			code = sqlite3.Xsqlite3_bind_int64(s.on.tls, s.handle, parameter, number)
		case float64:
			code = sqlite3.Xsqlite3_bind_double(s.on.tls, s.handle, parameter, value)
		case string:
			copy(bytesAt(free, len(value)), value)
			code = sqlite3.Xsqlite3_bind_text(s.on.tls, s.handle, parameter, free, int32(len(value)), sqlite3.SQLITE_STATIC)
			free += uintptr(len(value))
		case []byte:
			if value == nil {
				code = sqlite3.Xsqlite3_bind_null(s.on.tls, s.handle, parameter)
				break
			}
			copy(bytesAt(free, len(value)), value)
			code = sqlite3.Xsqlite3_bind_blob(s.on.tls, s.handle, parameter, free, int32(len(value)), sqlite3.SQLITE_STATIC)
			free += uintptr(len(value))
		default:
			return fmt.Errorf("sqlite: argument %d is a %T", argument+1, value)
		}
		if code != sqlite3.SQLITE_OK {
			return s.on.fail(code)
		}
	}
	return nil
}

// reserve makes the statement's memory at least as large as needed.
func (s *Stmt) reserve(need int) error {
	if need <= s.size {
		return nil
	}
	larger := libc.Xmalloc(s.on.tls, types.Size_t(need))
	if larger == 0 {
		return s.on.fail(sqlite3.SQLITE_NOMEM)
	}
	libc.Xfree(s.on.tls, s.memory)
	s.memory, s.size = larger, need
	return nil
}

// findColumns reads what the columns are, unless it is known.
func (s *Stmt) findColumns() {
	prepared := sqlite3.Xsqlite3_stmt_status(s.on.tls, s.handle, sqlite3.SQLITE_STMTSTATUS_REPREPARE, 0)
	if prepared == s.prepared {
		return
	}
	s.prepared = prepared
	count := sqlite3.Xsqlite3_column_count(s.on.tls, s.handle)
	s.columns, s.times, s.last = make([]string, count), make([]bool, count), make([]driver.Value, count)
	for i := range s.columns {
		s.columns[i] = libc.GoString(sqlite3.Xsqlite3_column_name(s.on.tls, s.handle, int32(i)))
		s.times[i] = strings.EqualFold(libc.GoString(sqlite3.Xsqlite3_column_decltype(s.on.tls, s.handle, int32(i))), "TIMESTAMP")
	}
}

// isBlank reports whether a text has nothing but blanks and comments of one line.
func isBlank(text string) bool {
	for text = trimmed(text); strings.HasPrefix(text, "--"); text = trimmed(text) {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text == ""
}

func trimmed(text string) string { return strings.TrimLeft(text, " \t\r\n;") }
