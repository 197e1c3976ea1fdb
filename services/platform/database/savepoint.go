package database

import (
	"context"
	"database/sql/driver"
	"errors"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errRuined is the error of a transaction that was undone by another one of its group. It runs again, alone.
var errRuined = errors.New("another transaction of the group failed so that the store undid all")

// begin opens a group: a transaction of the engine in which BeginTx sets savepoints.
func (c *connection) begin(ctx context.Context) error {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		c.end() // it may have begun though ctx ended
		return err
	}
	c.grouped = true
	return nil
}

// commit ends a group durably, or undoes it.
func (c *connection) commit() error {
	_, err := c.ExecContext(context.Background(), "COMMIT", nil)
	if err != nil {
		c.end()
	}
	c.grouped, c.ruined = false, nil
	return err
}

// end undoes what is open.
func (c *connection) end() {
	c.grouped, c.ruined = false, nil
	_, _ = c.native.ExecContext(context.Background(), "ROLLBACK", nil) // fails if the engine did it
}

// enter checks that a statement may run, and returns the context to run it in. In a group the engine
// is not interrupted, since it would undo the whole group.
func (c *connection) enter(ctx context.Context) (context.Context, error) {
	if !c.grouped {
		return ctx, nil
	}
	if c.ruined != nil {
		return ctx, c.ruined
	}
	return context.WithoutCancel(ctx), ctx.Err()
}

// noteRuin notes an error after which the engine may have undone the whole group, so that no further
// statement of it runs: each would be a transaction of its own.
func (c *connection) noteRuin(err error) error {
	var lite *sqlite.Error
	if err != nil && c.grouped && errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT:
			c.ruined = err
		}
	}
	return err
}

// BeginTx begins a transaction: in a group, a savepoint.
func (c *connection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if !c.grouped {
		return c.native.BeginTx(ctx, options)
	}
	return savepoint{c}, c.run("SAVEPOINT member")
}

func (c *connection) run(text string) error {
	_, err := c.ExecContext(context.Background(), text, nil)
	return err
}

// savepoint is a transaction in a group.
type savepoint struct{ of *connection }

// Commit keeps the changes in the group.
func (s savepoint) Commit() error { return s.of.run("RELEASE member") }

// Rollback undoes the changes. What was done before them in the group stays.
func (s savepoint) Rollback() error {
	if err := s.of.run("ROLLBACK TO member"); err != nil {
		return err
	}
	return s.of.run("RELEASE member")
}
