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

// ErrNoRow is the error of a statement that was to change a row and changed none.
var ErrNoRow = errors.New("the statement changed no row")

// Later returns statements whose ExecContext may send a statement later, at the latest with the COMMIT, in
// order with all other statements. Then it returns no error and a result of one row, and the error of the
// statement is that of a later one or of Write. It serves for statements whose failure ends the transaction.
// explain makes of an error of the statement what the caller shall get.
func (tx *Tx) Later(explain func(error) error) Statements {
	return later{tx.Statements, tx.pipelined, false, explain}
}

// LaterOne is like Later for statements that must change a row. explain gets ErrNoRow if one changes none.
func (tx *Tx) LaterOne(explain func(error) error) Statements {
	return later{tx.Statements, tx.pipelined, true, explain}
}

// later are the statements of Later, or with one, of LaterOne.
type later struct {
	Statements
	pipelined, one bool
	explain        func(error) error
}

type laterKey struct{}

// ExecContext runs a statement, perhaps later.
func (l later) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if l.pipelined { // the connection explains errors
		return l.Statements.ExecContext(context.WithValue(ctx, laterKey{}, l), query, args...)
	}
	result, err := l.Statements.ExecContext(ctx, query, args...)
	if err == nil && l.one {
		var changed int64
		if changed, err = result.RowsAffected(); err == nil && changed == 0 {
			err = ErrNoRow
		}
	}
	if err != nil {
		return nil, l.explain(err)
	}
	return result, nil
}

// isLater reports whether a statement may be sent later.
func isLater(ctx context.Context) (how later, ok bool) {
	how, ok = ctx.Value(laterKey{}).(later)
	return how, ok
}

type atOnceKey struct{}

// AtOnce returns a context for write transactions that must run each statement at once, such as those
// that are rolled back to see whether they would succeed.
func AtOnce(ctx context.Context) context.Context { return context.WithValue(ctx, atOnceKey{}, true) }

func isAtOnce(ctx context.Context) bool { return ctx.Value(atOnceKey{}) != nil }
