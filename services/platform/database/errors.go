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

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// ErrUnique is in the chain of an error caused by a duplicate unique or primary key.
var ErrUnique = errors.New("a row with this key exists")

// sentinelError combines an error to compare with and the engine's error that caused it.
type sentinelError struct{ sentinel, cause error }

func (e *sentinelError) Error() string   { return e.sentinel.Error() + ": " + e.cause.Error() }
func (e *sentinelError) Unwrap() []error { return []error{e.sentinel, e.cause} }

// lostError is an error after which the connection to PostgreSQL was lost.
type lostError struct {
	cause error
	// committing means that the connection was lost during the commit, whose outcome is unknown.
	committing bool
	// unbegun means that the connection was lost before the transaction began.
	unbegun bool
}

func (e *lostError) Error() string { return "the connection was lost: " + e.cause.Error() }
func (e *lostError) Unwrap() error { return e.cause }

// isLost reports whether a transaction's connection was lost before its commit, so that nothing was
// changed.
func isLost(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) && !lost.committing
}

// isUnbegun reports whether a transaction did not begin because its connection had been cut while idle.
func isUnbegun(err error) bool {
	var lost *lostError
	return errors.As(err, &lost) && lost.unbegun
}

// isRetryable reports whether a write transaction changed nothing and may succeed when run again.
func isRetryable(err error) bool {
	if _, isFault := fault.As(err); isFault {
		return false
	}
	return isCollision(err) || isLost(err) || errors.Is(err, errRuined)
}

// isCollision reports whether the engine rejected the transaction because of a concurrent one, so
// that it may succeed when run again.
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

// translate turns errors of the engines into faults that callers can act on. Faults, the error of
// ctx and unknown errors are returned unchanged.
func translate(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if isUnkept(err) {
		return fault.Wrap(err, fault.Unavailable, reason.CommitUncertain, "the disk of the store failed during the commit, so the change may "+
			"or may not have been made; send it again with its idempotency key")
	}
	if _, isFault := fault.As(err); isFault || ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return err
	}
	var lost *lostError
	switch {
	case errors.As(err, &lost) && lost.committing:
		return fault.Wrap(err, fault.Unavailable, reason.CommitUncertain, "the connection to the store was lost during the commit, so the "+
			"change may or may not have been made; send it again with its idempotency key")
	case isUnique(err):
		return &sentinelError{ErrUnique, err}
	case isCollision(err) || isTooSlow(err):
		return fault.Wrap(err, fault.Unavailable, reason.StoreBusy, "too many changes at once; try again")
	case isFull(err):
		return fault.Wrap(err, fault.Unavailable, reason.StoreFull, "the store has no space left; nothing was changed")
	case isUnavailable(err):
		return fault.Wrap(err, fault.Unavailable, reason.StoreUnavailable, "the store cannot be reached; try again")
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

// IsReference reports whether the engine refused a write because a row that it refers to does not exist,
// or is still referred to: outside of one serializable order, another transaction may have moved it.
func IsReference(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23503"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

func isFull(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "53100"
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code()&0xff == sqlite3.SQLITE_FULL
}

// isTooSlow reports whether PostgreSQL ended a statement or a wait for a lock because of its
// timeout.
func isTooSlow(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "57014" || isLockTimeout(err)
}

// isLockTimeout reports whether PostgreSQL ended a wait for a lock because of its timeout.
func isLockTimeout(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "55P03"
}

func isUnavailable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && isOutage(pg.Code) {
		return true
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		code := lite.Code() & 0xff
		return code == sqlite3.SQLITE_CANTOPEN || code == sqlite3.SQLITE_IOERR || code == sqlite3.SQLITE_READONLY
	}
	var lost *lostError
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &lost) || errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}

// unknownStatement is the PostgreSQL error code of a prepared statement that does not exist.
const unknownStatement = "26000"

// isForgotten reports whether the server lost the prepared statements of a connection: a pooler between has given it
// another session.
func isForgotten(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == unknownStatement
}

// isOutage reports whether a PostgreSQL error code means that the server cannot work now:
// connection exceptions, insufficient resources, operator intervention (shutdown, crash recovery),
// system errors, a session terminated for idling, a missing database, a read-only standby, or another session.
func isOutage(code string) bool {
	for _, class := range []string{"08", "53", "57P", "58", "25P03", "3D000", "25006", unknownStatement} {
		if strings.HasPrefix(code, class) {
			return true
		}
	}
	return false
}
