package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// mostUnsent is how many statements wait for a round trip: enough for a request, few enough for memory.
const mostUnsent = 100

// postgresConnector opens connections to PostgreSQL that send statements together; see Tx.Later.
// They note in versions' terms what they change; see invalidation.go.
type postgresConnector struct {
	driver.Connector
	versions *versions
}

// Connect opens a connection.
func (c postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	own, ok := opened.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("%T is not a connection to PostgreSQL", opened)
	}
	return &postgres{Conn: own, versions: c.versions}, nil
}

// postgres is a connection to PostgreSQL. The driver prepares each statement once per connection.
// database/sql lets one goroutine use it at a time.
type postgres struct {
	*stdlib.Conn
	versions *versions
	pipeline
}

// pipeline is the state of a transaction. All but the last two are of a serializable one.
type pipeline struct {
	// lazy says that the transaction is such a one, open that it takes statements, and begun that its BEGIN was
	// answered.
	lazy, open, begun bool
	// atOnce says that no statement waits, since the transaction has prepared one that this connection does not see run.
	atOnce bool
	// failed is why no further statement can run.
	failed error
	// unsent are the statements to be sent with the next round trip, in order.
	unsent []unsent
	// soon are the rows that are gathered.
	soon unsentRows
	// ahead are the announced reads.
	ahead []*announced
	// snapshot is when the transaction began to read.
	snapshot time.Time
	member   memberState
	// writes says that it may write, and touched is what it has changed.
	writes  bool
	touched touched
	// rows are those that a group has read.
	rows groupRows
}

// ExecContext runs a statement without a result.
func (c *postgres) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.touch(text)
	if !c.open {
		return c.Conn.ExecContext(ctx, text, args)
	}
	c.ahead = nil // it may change what they read
	c.releaseBefore(text)
	if how, ok := isLater(ctx); ok && c.failed == nil {
		c.unsent = append(c.unsent, unsent{text, values(args), how})
		if len(c.unsent) < mostUnsent && !c.atOnce {
			return driver.RowsAffected(1), nil
		}
		return driver.RowsAffected(1), c.flush(ctx)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.member.changed = true
	if len(c.unsent) == 0 || len(args) == 0 { // without parameters, it may be several statements
		if err := c.flush(ctx); err != nil {
			return nil, err
		}
		return c.Conn.ExecContext(ctx, text, args)
	}
	results, err := c.send(ctx, text, values(args))
	if err != nil {
		return nil, err
	}
	tag, err := results.Exec()
	if err = c.end(results, err); err != nil {
		return nil, err
	}
	return driver.RowsAffected(tag.RowsAffected()), nil
}

// QueryContext runs a query.
func (c *postgres) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.touch(text)
	if !c.open {
		return c.Conn.QueryContext(ctx, text, args)
	}
	c.releaseBefore(text)
	switch {
	case IsAhead(ctx):
		if !c.atOnce {
			c.announce(text, args)
		}
		return &buffered{}, nil
	case !isSelect(text):
		c.ahead, c.member.changed = nil, true
	}
	if read := c.find(text, args); read != nil {
		if err := c.flush(ctx); err != nil {
			return nil, err
		}
		again := *read.result
		return &again, nil
	}
	if c.failed == nil && len(c.unsent) == 0 && !c.isAnnouncing() {
		return c.Conn.QueryContext(ctx, text, args)
	}
	results, err := c.send(ctx, text, values(args))
	if err != nil {
		return nil, err
	}
	return c.stream(results)
}

// PrepareContext prepares a statement. What follows in the transaction is sent at once.
func (c *postgres) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	c.touch(text)
	if c.open {
		c.release()
		if err := c.flush(ctx); err != nil {
			return nil, err
		}
		c.ahead, c.atOnce, c.member.changed = nil, true, true
		c.rows.rows, c.rows.closed = nil, true
	}
	return c.Conn.PrepareContext(ctx, text)
}

func values(args []driver.NamedValue) []any {
	plain := make([]any, len(args))
	for i, arg := range args {
		plain[i] = arg.Value
	}
	return plain
}

// usable returns an error if no statement can be sent.
func (c *postgres) usable() error {
	if c.failed != nil {
		return fmt.Errorf("the transaction has failed: %w", c.failed)
	}
	if c.native().IsClosed() {
		return net.ErrClosed
	}
	return nil
}

func (c *postgres) native() *pgx.Conn { return c.Conn.Conn() }
