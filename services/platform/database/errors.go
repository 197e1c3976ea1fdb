package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/continuo-billing/continuo/services/platform/fault"
)

// ErrUnique is in the chain of an error that a unique or primary key raised.
var ErrUnique = errors.New("a row with this key exists")

// sentinelError keeps an engine's error readable beneath the error that callers compare with.
type sentinelError struct{ sentinel, cause error }

func (e *sentinelError) Error() string   { return e.sentinel.Error() + ": " + e.cause.Error() }
func (e *sentinelError) Unwrap() []error { return []error{e.sentinel, e.cause} }

// isCollision reports whether the engine refused the transaction for colliding with another one, so that running it
// again can succeed.
func isCollision(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY || lite.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	return false
}

// translate turns what the engines say into what callers can act on; faults and other errors pass as they are.
func translate(err error) error {
	if err == nil {
		return nil
	}
	if _, isFault := fault.As(err); isFault || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	switch {
	case isUnique(err):
		return &sentinelError{ErrUnique, err}
	case isCollision(err):
		return fault.Wrap(err, fault.Unavailable, "STORE_BUSY", "too many changes at once; try again")
	case isFull(err):
		return fault.Wrap(err, fault.Unavailable, "STORE_FULL", "the store has no space left; nothing was changed")
	case isAway(err):
		return fault.Wrap(err, fault.Unavailable, "STORE_UNAVAILABLE", "the store cannot be reached; try again")
	}
	return err
}

func isUnique(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

func isFull(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL
}

func isAway(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// Connection exceptions, operator intervention (shutdown, crash recovery), too many connections, missing database.
		return strings.HasPrefix(pg.Code, "08") || strings.HasPrefix(pg.Code, "57P") || pg.Code == "53300" || pg.Code == "3D000"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_IOERR || code == sqlite3.SQLITE_READONLY
	}
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}
