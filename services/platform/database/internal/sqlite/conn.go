package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// Connector opens connections to a file.
type Connector struct {
	// Path is the file, which is created if absent.
	Path string
	// Busy is how long a statement waits for the locks of other connections.
	Busy time.Duration
	// Begin begins a transaction: `BEGIN IMMEDIATE`. Those for reading begin with BEGIN.
	Begin string
	// Pragmas are set on each connection, in order: `foreign_keys = 1`.
	Pragmas []string
}

// Connect opens a connection.
func (o Connector) Connect(ctx context.Context) (driver.Conn, error) { return o.Open(ctx) }

// Driver returns the driver, which opens nothing without a Connector.
func (o Connector) Driver() driver.Driver { return unnamed{} }

type unnamed struct{}

// Open fails.
func (unnamed) Open(string) (driver.Conn, error) { return nil, errors.New("sqlite: use a Connector") }

// Conn is a connection. One goroutine uses it at a time.
type Conn struct {
	tls *libc.TLS
	db  uintptr
	// begin begins a transaction.
	begin string
	// running is the context of the statement that runs, nil between statements.
	running context.Context
	// busy is how long to wait for a lock, and waits since when.
	busy  time.Duration
	waits time.Time
}

// Open opens a connection.
func (o Connector) Open(ctx context.Context) (*Conn, error) {
	c := &Conn{tls: libc.NewTLS(), begin: o.Begin, busy: o.Busy}
	if err := c.open(o.Path); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	for _, pragma := range o.Pragmas {
		if _, err := c.ExecContext(ctx, "PRAGMA "+pragma, nil); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

func (c *Conn) open(path string) error {
	name, err := libc.CString(path)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, name)
	opened := c.tls.Alloc(pointerSize)
	defer c.tls.Free(pointerSize)
	const how = sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_CREATE | sqlite3.SQLITE_OPEN_NOMUTEX
	code := sqlite3.Xsqlite3_open_v2(c.tls, name, opened, how, 0)
	c.db = *(*uintptr)(at(opened))
	if code != sqlite3.SQLITE_OK {
		return c.fail(code)
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	c.watch()
	return nil
}

// Close closes the connection. Its statements must be closed.
func (c *Conn) Close() error {
	if c.tls == nil {
		return nil
	}
	if c.db != 0 {
		unwatch(c.db)
		if code := sqlite3.Xsqlite3_close_v2(c.tls, c.db); code != sqlite3.SQLITE_OK {
			return c.fail(code)
		}
		c.db = 0
	}
	c.tls.Close()
	c.tls = nil
	return nil
}

// ResetSession does nothing: a connection keeps nothing of who used it.
func (c *Conn) ResetSession(context.Context) error { return nil }

// IsValid reports whether the connection is open.
func (c *Conn) IsValid() bool { return c.db != 0 }

// CheckNamedValue converts an argument.
func (c *Conn) CheckNamedValue(argument *driver.NamedValue) (err error) {
	switch argument.Value.(type) {
	case string, int64, []byte, nil, bool, float64:
		return nil
	}
	argument.Value, err = driver.DefaultParameterConverter.ConvertValue(argument.Value)
	return err
}

// Begin begins a transaction.
func (c *Conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx begins a transaction, which is serializable.
func (c *Conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	statement := c.begin
	if options.ReadOnly {
		statement = "BEGIN"
	}
	if _, err := c.ExecContext(ctx, statement, nil); err != nil {
		return nil, err
	}
	return tx{c, ctx}, nil
}

type tx struct {
	on  *Conn
	ctx context.Context
}

// Commit commits, or undoes everything.
func (t tx) Commit() error {
	_, err := t.on.ExecContext(t.ctx, "COMMIT", nil)
	if err != nil && sqlite3.Xsqlite3_get_autocommit(t.on.tls, t.on.db) == 0 {
		return errors.Join(err, t.Rollback())
	}
	return err
}

// Rollback undoes everything.
func (t tx) Rollback() error {
	_, err := t.on.ExecContext(context.Background(), "ROLLBACK", nil)
	return err
}

// Prepare prepares a statement.
func (c *Conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

// PrepareContext prepares a statement.
func (c *Conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	return c.Statement(ctx, text)
}

// ErrScript is the error of Statement for a text that is not exactly one statement. ExecContext runs those.
var ErrScript = errors.New("sqlite: not one statement")

// Statement prepares one statement.
func (c *Conn) Statement(ctx context.Context, text string) (*Stmt, error) {
	prepared, rest, err := c.prepare(ctx, text, sqlite3.SQLITE_PREPARE_PERSISTENT)
	if err != nil {
		return nil, err
	}
	if prepared == nil || !isBlank(rest) {
		return nil, errors.Join(ErrScript, prepared.Close())
	}
	return prepared, nil
}

// ExecContext runs statements without a result, each with the arguments that it names.
func (c *Conn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	var last driver.Result = changed(0)
	for !isBlank(text) {
		prepared, rest, err := c.prepare(ctx, text, 0)
		if err != nil {
			return nil, err
		}
		if text = rest; prepared == nil { // a comment
			continue
		}
		last, err = prepared.ExecContext(ctx, args)
		if closeErr := prepared.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return nil, err
		}
	}
	return last, nil
}

// QueryContext runs a query.
func (c *Conn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	prepared, err := c.Statement(ctx, text)
	if err != nil {
		return nil, err
	}
	found, err := prepared.query(ctx, args)
	if err != nil {
		return nil, errors.Join(err, prepared.Close())
	}
	found.closing = true
	return found, nil
}
