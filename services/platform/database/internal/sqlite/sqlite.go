// Package sqlite is the driver of database/sql for the stores' SQLite files. The engine is that of modernc.org/sqlite,
// SQLite translated to Go; its own driver is not used, since half of what a short query costs there is the driver:
// it makes the names and types of all columns anew for each query, starts a goroutine for each context, copies each
// argument into memory of its own, and locks a connection for each value that it reads.
//
//   - A statement finds its columns and parameters once. A result shares texts with the result before it where they are equal.
//   - Contexts are looked at while statements run, and nobody waits for them meanwhile.
//   - Connections have no locks: database/sql lets one goroutine use each at a time.
//
// Values are those of stores: int64, float64, bool, string, []byte and nil. The tables of goose have times too, which
// are read from columns that are declared as TIMESTAMP.
package sqlite

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Error is an error of the engine.
type Error struct {
	code int
	text string
}

// Error returns the engine's text.
func (e *Error) Error() string { return e.text }

// Code returns the extended result code.
func (e *Error) Code() int { return e.code }

// fail returns the error of a result code.
func (c *Conn) fail(code int32) error {
	text, detail := libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, code)), ""
	if c.db != 0 {
		if detail = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db)); detail != text {
			text += ": " + detail
		}
	}
	return &Error{int(code), fmt.Sprintf("%s (%d)", text, code)}
}

// at returns a pointer to memory of the engine, which the garbage collector does not know.
func at(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) } //nolint:gosec // addresses are the engine's

// bytesAt returns memory of the engine.
func bytesAt(address uintptr, size int) []byte { return unsafe.Slice((*byte)(at(address)), size) } //nolint:gosec // as above

// callback returns a function, which must not be a closure, as the engine calls it: as the address of what a value of
// type func points to.
func callback[F any](function F) uintptr { return *(*uintptr)(unsafe.Pointer(&function)) } //nolint:gosec // as above
