package database

import (
	"context"
	"database/sql"
	"errors"
)

// ErrSecondStatement is the error of ReadOne for a do that runs a second statement.
var ErrSecondStatement = errors.New("a read without a transaction can run one statement")

// ReadOne is like Read for a do that runs one statement, which is a snapshot by itself: it costs no transaction, and on
// PostgreSQL one round trip instead of three. A do that runs a second one fails with ErrSecondStatement. If Cached finds in memory what do asks for, ReadOne
// waits for the commits on which that rests, and not for later ones, which have left it as it is.
func (db *DB) ReadOne(ctx context.Context, do func(context.Context, *Tx) error) (err error) {
	if err := db.checkFit(ctx); err != nil {
		return err
	}
	ctx, done := db.measure(ctx, reading)
	defer func() { done(err) }()
	only := &one{ctx: ctx, pool: db.reader, engine: db.engine}
	err = db.readOne(ctx, only, do)
	if only.found {
		return db.answerAfter(ctx, only.rests, err)
	}
	return db.answer(ctx, err)
}

func (db *DB) readOne(ctx context.Context, only *one, do func(context.Context, *Tx) error) error {
	defer only.close()
	err := do(ctx, &Tx{Statements: only, Engine: db.engine, Secrets: db.secrets, cache: db.cache})
	if only.ran > 1 {
		return ErrSecondStatement
	}
	return err
}

// one runs one statement.
type one struct {
	ctx    context.Context
	pool   *sql.DB
	engine Engine
	ran    int
	// row is what reads one row on SQLite, or nil.
	row *grouped
	// found says that it was found in memory instead, and rests on which commit it rests.
	found bool
	rests uint64
}

func (o *one) close() {
	if o.row != nil {
		o.row.close()
		_ = o.row.on.Close() // nothing is left in it
	}
}

func (o *one) enter() error {
	if o.ran++; o.ran > 1 {
		return ErrSecondStatement
	}
	return nil
}

// QueryContext runs the statement.
func (o *one) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := o.enter(); err != nil {
		return nil, err
	}
	return o.pool.QueryContext(ctx, query, args...)
}

// QueryRowContext runs the statement. On SQLite, ctx ends the wait for a connection, but not the statement: to be
// interrupted, it would start two goroutines, which take longer than finding a row does.
func (o *one) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if o.enter() != nil { // only database/sql makes a row with an error
		ended, end := context.WithCancel(ctx)
		end()
		return o.pool.QueryRowContext(ended, query, args...)
	}
	if o.engine == SQLite {
		if connection, err := o.pool.Conn(ctx); err == nil { // else the pool makes a row with that error
			o.row = &grouped{on: connection}
			return o.row.QueryRowContext(ctx, query, args...)
		}
	}
	return o.pool.QueryRowContext(ctx, query, args...)
}

// ExecContext refuses to change rows.
func (o *one) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	o.ran = 2
	return nil, ErrSecondStatement
}

// PrepareContext refuses to prepare.
func (o *one) PrepareContext(context.Context, string) (*sql.Stmt, error) {
	o.ran = 2
	return nil, ErrSecondStatement
}
