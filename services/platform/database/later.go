package database

import (
	"context"
	"database/sql"
	"errors"
)

// A transaction of Write on PostgreSQL sends its statements in few round trips: BEGIN goes with the first
// statement, the reads that were announced with Ahead go with it too, and what was written with Later goes
// with the next statement or with the COMMIT. On SQLite, where a statement costs no round trip, and in
// transactions of WriteGuarded, which see what others commit meanwhile, every statement runs at once.

type (
	laterKey  struct{}
	aheadKey  struct{}
	atOnceKey struct{}
)

// ErrNoRow is the error of a statement that was to change a row and changed none.
var ErrNoRow = errors.New("the statement changed no row")

// Later returns statements whose ExecContext may send a statement later, at the latest with the COMMIT, in
// order with all other statements. Then it returns no error and a result of one row, and the error of the
// statement ends the transaction, as that of a later statement or of Write. If explain is not nil, that is
// what it makes of the statement's error, and of ErrNoRow if the statement changes no row.
func (tx *Tx) Later(explain func(error) error) Statements {
	if !tx.pipelined {
		return tx
	}
	return later{tx.Statements, explain}
}

// NoRow returns an explain for Later that replaces ErrNoRow.
func NoRow(none error) func(error) error {
	return func(err error) error {
		if errors.Is(err, ErrNoRow) {
			return none
		}
		return err
	}
}

type later struct {
	Statements
	explain func(error) error
}

// ExecContext sends a statement later.
func (l later) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return l.Statements.ExecContext(context.WithValue(ctx, laterKey{}, l), query, args...)
}

// isLater reports whether a statement may be sent later.
func isLater(ctx context.Context) (how later, ok bool) {
	how, ok = ctx.Value(laterKey{}).(later)
	return how, ok
}

// Ahead announces reads that the transaction is about to make, so that they are sent together with the next
// statement. In read, queries find no row and announce themselves. Announced reads are forgotten when
// the transaction writes.
func (tx *Tx) Ahead(ctx context.Context, read func(context.Context)) {
	if tx.pipelined {
		read(context.WithValue(ctx, aheadKey{}, true))
	}
}

func isAhead(ctx context.Context) bool { return ctx.Value(aheadKey{}) != nil }

// AtOnce returns a context for write transactions that must run each statement at once, such as those
// that are rolled back to see whether they would succeed.
func AtOnce(ctx context.Context) context.Context { return context.WithValue(ctx, atOnceKey{}, true) }

func isAtOnce(ctx context.Context) bool { return ctx.Value(atOnceKey{}) != nil }
