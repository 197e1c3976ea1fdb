package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// errRuined is the error of a transaction that was undone by another one of its group. It runs again, alone.
var errRuined = errors.New("another transaction of the group failed so that the store undid all")

// beginGroup opens a transaction of the engine with savepoints for the members of a group. It waits for no lock: the connection is the only one that writes.
func (c *connection) beginGroup(ctx context.Context, _ time.Duration) error {
	if err := c.undoInMemory(ctx); err != nil {
		return err
	}
	if err := c.syncLater(true); err != nil {
		return err
	}
	c.grouped = true
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE", nil); err != nil {
		c.endGroup() // it may have begun though ctx ended
		return err
	}
	return c.lookOutside()
}

// lookOutside finds out whether another program has changed the store, and reads the schema if so, or if nobody has yet. A transaction has begun.
func (c *connection) lookOutside() error {
	var version int64
	if err := c.read("PRAGMA data_version", func(row []driver.Value) { version, _ = row[0].(int64) }); err != nil {
		c.endGroup()
		return fmt.Errorf("looking for changes of other programs: %w", err)
	}
	if version != c.dataVersion {
		c.changing.versions.changedOutside()
		c.dataVersion = version
	}
	if !c.changing.versions.knowsSchema() {
		c.changing.learn()
	}
	c.changing.since = c.changing.versions.steps.Load()
	return nil
}

// schema reads the schema of the store, in which a table whose keys change other rows is like one with a trigger.
func (c *connection) schema() (schema []object, err error) {
	const query = "SELECT CASE WHEN sql LIKE '%ON DELETE%' OR sql LIKE '%ON UPDATE%' THEN 'trigger' ELSE type END, name FROM sqlite_schema"
	err = c.read(query, func(row []driver.Value) {
		schema = append(schema, object{fmt.Sprint(row[0]), fmt.Sprint(row[1])})
	})
	return schema, err
}

// read calls each with every row of a query without arguments.
func (c *connection) read(query string, each func(row []driver.Value)) (err error) {
	rows, err := c.native.QueryContext(context.Background(), query, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for row := make([]driver.Value, len(rows.Columns())); ; each(row) {
		if err := rows.Next(row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// undoInMemory has the engine keep in memory what savepoints need to undo, rather than in a file, from the first group on. Migrations
// come before it: they may sort more than memory holds.
func (c *connection) undoInMemory(ctx context.Context) error {
	if c.undoesInMemory {
		return nil
	}
	_, err := c.native.ExecContext(ctx, "PRAGMA temp_store = MEMORY", nil)
	c.undoesInMemory = err == nil
	return err
}

// syncLater sets whether a commit leaves the sync of the log to the caller, see aheadlog.go. A group leaves the connection so for the next one, since
// setting it twice took 33 µs of each; a statement outside a group, and a transaction whose commit is to be synced, set it back.
func (c *connection) syncLater(later bool) error {
	if c.syncsLater == later {
		return nil
	}
	how := "FULL"
	if later {
		how = "NORMAL"
	}
	_, err := c.native.ExecContext(context.Background(), "PRAGMA synchronous = "+how, nil)
	if err == nil {
		c.syncsLater = later
	}
	return err
}

// commitGroup ends a group, or undoes it. The log is still to be synced.
func (c *connection) commitGroup() error {
	err := c.writeGathered(context.Background())
	if err == nil {
		_, err = c.ExecContext(context.Background(), "COMMIT", nil)
	}
	if err != nil {
		return err // the caller ends the group
	}
	c.grouped, c.ruined, c.gathered = false, nil, gathered{}
	return nil
}

// endGroup undoes what is open.
func (c *connection) endGroup() {
	clear(c.changing.rows)
	c.grouped, c.ruined, c.gathered = false, nil, gathered{}
	_, _ = c.native.ExecContext(context.Background(), "ROLLBACK", nil) // fails if the engine did it
	c.changing.end()
}

// enter checks that a statement may run, and has the engine sync its commit if nobody else does.
func (c *connection) enter(ctx context.Context) error {
	if !c.grouped && !c.syncedLater {
		return c.syncLater(false)
	}
	if c.ruined != nil {
		return c.ruined
	}
	return ctx.Err()
}

// noteRuin notes an error after which the engine may have undone the whole group or transaction, so that no further
// statement of it runs: each would be a transaction of its own.
func (c *connection) noteRuin(err error) error {
	var lite *sqlite.Error
	if err != nil && (c.grouped || c.syncedLater) && errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_CORRUPT:
			c.ruined = err
		}
	}
	return err
}

// beginMember begins a transaction in a group.
func (c *connection) beginMember() error {
	c.gathered.begin()
	if len(c.gathered.rows) >= mostGathered {
		if err := c.writeGathered(context.Background()); err != nil {
			return err
		}
		c.gathered = gathered{}
	}
	return c.run("SAVEPOINT member")
}

// keepMember keeps the changes of a transaction in the group.
func (c *connection) keepMember() error { return c.run("RELEASE member") }

// undoMember undoes the changes of a transaction. What was done before them in the group stays.
func (c *connection) undoMember() error {
	clear(c.changing.rows)
	c.gathered.undo()
	if err := c.run("ROLLBACK TO member"); err != nil {
		return err
	}
	return c.run("RELEASE member")
}

func (c *connection) run(text string) error {
	_, err := c.ExecContext(context.Background(), text, nil)
	return err
}

// seesUntil returns zero: a group has the only connection that writes.
func (c *connection) seesUntil() time.Time { return time.Time{} }

// watchMember does nothing: no statement of SQLite waits for anyone.
func (c *connection) watchMember(context.Context) (done func()) { return func() {} }

// grouped runs the statements of a transaction in a group. They are not interrupted, since the engine would undo the whole
// group; database/sql then needs no goroutine for each to wait for that.
type grouped struct {
	on *sql.Conn
	// results and rows are what the statements gave. One that was left open would keep the connection.
	results []*sql.Rows
	rows    []*sql.Row
}

// ExecContext runs a statement without a result.
func (g *grouped) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return g.on.ExecContext(uninterrupted(ctx), query, args...)
}

// PrepareContext prepares a statement.
func (g *grouped) PrepareContext(ctx context.Context, query string) (*sql.Stmt, error) {
	return g.on.PrepareContext(uninterrupted(ctx), query)
}

// QueryContext runs a query.
func (g *grouped) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	result, err := g.on.QueryContext(uninterrupted(ctx), query, args...)
	if err == nil {
		g.results = append(g.results, result)
	}
	return result, err
}

// QueryRowContext runs a query for one row.
func (g *grouped) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	row := g.on.QueryRowContext(uninterrupted(ctx), query, args...)
	g.rows = append(g.rows, row)
	return row
}

// during runs do and closes what it left open.
func (g *grouped) during(do func() error) error {
	defer g.close()
	return do()
}

func (g *grouped) close() {
	for _, result := range g.results {
		_ = result.Close() // who left it open wanted no more of it
	}
	for _, row := range g.rows {
		_ = row.Scan() // closes it
	}
}

// uninterrupted returns a context for a statement that does not end with ctx in a group.
func (tx *Tx) uninterrupted(ctx context.Context) context.Context {
	if _, inGroup := tx.Statements.(*grouped); inGroup {
		return uninterrupted(ctx)
	}
	return ctx
}

// uninterrupted returns a context that ends only if it has ended.
func uninterrupted(ctx context.Context) context.Context {
	if ctx.Err() != nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}
