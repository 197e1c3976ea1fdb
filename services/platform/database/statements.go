package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"modernc.org/sqlite"
)

// A connection to SQLite keeps its statements prepared, at most keptStatements of them. Long texts are
// those of bulk work, which prepares them itself.
const (
	keptStatements = 256
	longestKept    = 8 << 10
)

// keptVerbs are the statements that are kept. A PRAGMA is not, since it may take effect when it is prepared.
var keptVerbs = []string{"SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN", "COMMIT"}

// connector opens connections to a SQLite file that keep their statements.
type connector struct {
	driver.Connector
	versions *versions
}

// newConnector returns the connector of connections that note what they change, or with nil, of those that change nothing.
func newConnector(dsn string, noted *versions) (driver.Connector, error) {
	own, err := sqlite.NewConnector(dsn)
	return connector{own, noted}, err
}

// Connect opens a connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := opened.(native)
	if !ok {
		return nil, fmt.Errorf("%T is not a connection to SQLite", opened)
	}
	connected := &connection{native: own, kept: map[string]*statement{}}
	connected.changing = changing{versions: c.versions, schema: connected.schema}
	return connected, nil
}

// native is what the driver's connections do.
type native interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.ExecerContext
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// connection is a connection to SQLite. It prepares each statement once. database/sql lets one goroutine
// use it at a time.
type connection struct {
	native
	kept     map[string]*statement
	changing changing
	// dataVersion is the engine's number of what other connections have changed, as it was when a group began.
	dataVersion int64
	// undoesInMemory says that undoInMemory has done its part.
	undoesInMemory bool
	// syncsLater says that the engine is set not to sync commits, see syncLater.
	syncsLater bool
	// grouped says that a group is open, syncedLater that a transaction is whose commit the engine does not sync, and ruined why nothing of it
	// remains.
	grouped, syncedLater bool
	ruined               error
	// gathered are rows of the group that are to be written.
	gathered gathered
}

// statement is a kept statement. It is in use while a result of it is read.
type statement struct {
	driver.StmtQueryContext
	driver.StmtExecContext
	close func() error
	inUse bool
	// touches says whether the statement names the table of the rows asked.
	touches bool
	asked   *Rows
}

// ExecContext runs a statement without a result.
func (c *connection) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.enter(ctx); err != nil {
		return nil, err
	}
	if err := c.writeBefore(ctx, text); err != nil {
		return nil, err
	}
	return c.execute(ctx, text, args)
}

func (c *connection) execute(ctx context.Context, text string, args []driver.NamedValue) (result driver.Result, err error) {
	does := c.changing.before(text)
	kept, err := c.statement(ctx, text)
	switch {
	case err != nil:
	case kept == nil:
		result, err = c.native.ExecContext(ctx, text, args)
	default:
		result, err = kept.ExecContext(ctx, args)
	}
	c.changing.after(does, err)
	return result, c.noteRuin(err)
}

// QueryContext runs a query.
func (c *connection) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (rows driver.Rows, err error) {
	if err = c.enter(ctx); err != nil {
		return nil, err
	}
	if err = c.writeBefore(ctx, text); err != nil {
		return nil, err
	}
	does := c.changing.before(text)
	kept, err := c.statement(ctx, text)
	switch {
	case err != nil:
	case kept == nil:
		rows, err = c.native.QueryContext(ctx, text, args)
	default:
		rows, err = kept.QueryContext(ctx, args)
	}
	if err != nil {
		c.changing.after(does, err)
		return nil, c.noteRuin(err)
	}
	if kept != nil {
		kept.inUse = true
	}
	return &result{rows, c, kept, does}, nil
}

// PrepareContext returns a statement that runs as others with its text do: the connection keeps them prepared.
func (c *connection) PrepareContext(_ context.Context, text string) (driver.Stmt, error) {
	return prepared{c, text}, nil
}

// prepared is a statement for database/sql, which calls only the methods that take a context.
type prepared struct {
	on   *connection
	text string
}

func (p prepared) Close() error                               { return nil }
func (p prepared) NumInput() int                              { return -1 }
func (p prepared) Exec([]driver.Value) (driver.Result, error) { return nil, driver.ErrSkip }
func (p prepared) Query([]driver.Value) (driver.Rows, error)  { return nil, driver.ErrSkip }
func (p prepared) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return p.on.ExecContext(ctx, p.text, args)
}
func (p prepared) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return p.on.QueryContext(ctx, p.text, args)
}

type syncedLaterKey struct{}

// BeginTx begins a transaction. Its commit syncs the log unless ctx says that this is done later.
func (c *connection) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	later := !options.ReadOnly && ctx.Value(syncedLaterKey{}) != nil
	if err := c.syncLater(later); err != nil {
		return nil, err
	}
	begun, err := c.native.BeginTx(ctx, options)
	own := &transaction{begun, c}
	c.syncedLater = later
	if err != nil {
		own.end()
		return nil, err
	}
	c.changing.open = true
	return own, nil
}

// transaction is a transaction of a connection.
type transaction struct {
	driver.Tx
	on *connection
}

// Commit commits it.
func (t *transaction) Commit() error {
	defer t.end()
	return t.Tx.Commit()
}

// Rollback undoes it.
func (t *transaction) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

func (t *transaction) end() {
	t.on.changing.end()
	if t.on.syncedLater {
		t.on.syncedLater, t.on.ruined = false, nil
	}
}

// statement returns the kept statement of a text, or nil for one that is not kept or that is in use.
func (c *connection) statement(ctx context.Context, text string) (*statement, error) {
	if kept, ok := c.kept[text]; ok {
		if kept.inUse {
			return nil, nil
		}
		return kept, nil
	}
	if len(text) > longestKept || !isKept(text) {
		return nil, nil
	}
	if len(c.kept) >= keptStatements {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	prepared, err := c.native.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	query, canQuery := prepared.(driver.StmtQueryContext)
	exec, canExec := prepared.(driver.StmtExecContext)
	if !canQuery || !canExec {
		return nil, fmt.Errorf("%T is not a statement of SQLite", prepared)
	}
	kept := &statement{StmtQueryContext: query, StmtExecContext: exec, close: prepared.Close}
	c.kept[text] = kept
	return kept, nil
}

// isKept reports whether a statement is one of keptVerbs, after the comments and blanks that precede it.
func isKept(text string) bool {
	text = uncommented(text)
	for _, verb := range keptVerbs {
		if len(text) >= len(verb) && strings.EqualFold(text[:len(verb)], verb) {
			return true
		}
	}
	return false
}

// uncommented returns a statement without the comments and blanks that precede it.
func uncommented(text string) string {
	text = strings.TrimLeft(text, " \t\r\n")
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
		text = strings.TrimLeft(text, " \t\r\n")
	}
	return text
}

// isSelect reports whether a statement is a SELECT.
func isSelect(text string) bool {
	const verb = "SELECT"
	text = uncommented(text)
	return len(text) >= len(verb) && strings.EqualFold(text[:len(verb)], verb)
}

// forget closes the statements that are not in use.
func (c *connection) forget() error {
	for text, kept := range c.kept {
		if kept.inUse {
			continue
		}
		delete(c.kept, text)
		if err := kept.close(); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the connection and its statements.
func (c *connection) Close() error {
	defer c.changing.end()
	for _, kept := range c.kept {
		if err := kept.close(); err != nil {
			return err
		}
	}
	return c.native.Close()
}

// result is the result of a query, of a kept statement or of none.
type result struct {
	driver.Rows
	from *connection
	of   *statement
	does *effect
}

// Next reads a row.
func (r *result) Next(row []driver.Value) error { return r.from.noteRuin(r.Rows.Next(row)) }

// Close ends the use of the statement.
func (r *result) Close() error {
	if r.of != nil {
		r.of.inUse = false
	}
	err := r.Rows.Close()
	r.from.changing.after(r.does, err)
	return err
}
