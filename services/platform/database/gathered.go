package database

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math/bits"
	"strings"
)

// In a group on SQLite, the rows that its members add to one table are gathered, and written by one statement when the group ends:
// the pages of the table and of its indexes are then changed once, and not copied behind each savepoint. The change feed is
// written so.
//
//   - A member that is undone leaves no row, and the rows of others keep their order.
//   - A statement that names the table finds all rows in it.
//   - If the rows cannot be written, the group is undone, and its members run again, alone.

// rowsTogether is the most rows that one statement writes, a power of two.
const rowsTogether = 64

// Rows are rows of a table that Tx.InsertSoon writes.
type Rows struct {
	table   string
	columns int
	// one is the statement for a row on its own; texts are those for 1, 2, 4 rows and so on.
	one   string
	texts []string
}

// NewRows returns the rows of a table with values for some of its columns. What else the table has must have a default.
func NewRows(table string, columns ...string) *Rows {
	numbered := make([]string, len(columns))
	for i := range columns {
		numbered[i] = fmt.Sprintf("$%d", i+1)
	}
	rows := &Rows{
		table: table, columns: len(columns),
		one: fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(columns, ", "), strings.Join(numbered, ", ")),
	}
	for n := 1; n <= rowsTogether; n *= 2 {
		rows.texts = append(rows.texts, insertStatement(table, columns, n))
	}
	return rows
}

// InsertSoon inserts a row, at the latest with the commit, after those that were inserted so before. values are of the types of
// driver.Value and must not be changed afterwards. Its error may be that of a later statement or of Write; explain makes of it what the
// caller shall get, unless rows of others are written with this one.
func (tx *Tx) InsertSoon(ctx context.Context, rows *Rows, explain func(error) error, values ...any) (err error) {
	gathers := false
	if _, inGroup := tx.Statements.(*grouped); inGroup && tx.Engine == SQLite {
		err = tx.connection.Raw(func(own any) error {
			if c, ok := own.(*connection); ok {
				gathers, err = c.gather(ctx, rows, values)
			}
			return err
		})
	}
	if err == nil && !gathers {
		_, err = tx.Later(explain).ExecContext(ctx, rows.one, values...)
	}
	return err
}

// gathered are the rows of a group that are to be written, all of one table.
type gathered struct {
	of *Rows
	// rows are in order. The first are those of members before the one that runs: former of them, written or not.
	rows    [][]any
	former  int
	written bool
	// closed says that no more rows are gathered in the group.
	closed bool
}

// gather keeps a row until the group ends, or reports that it has to be written at once.
func (c *connection) gather(ctx context.Context, of *Rows, row []any) (bool, error) {
	if err := c.enter(ctx); err != nil {
		return false, err
	}
	g := &c.gathered
	if g.closed || !c.grouped || g.of != nil && g.of != of {
		return false, nil
	}
	if g.of, g.rows = of, append(g.rows, row); len(g.rows)-g.former >= rowsTogether {
		return true, c.writeGathered(ctx) // a member with many rows
	}
	return true, nil
}

// writeGathered writes what is not written. Its error has all members of the group run again.
func (c *connection) writeGathered(ctx context.Context) error {
	g := &c.gathered
	rows := g.rows
	if g.written {
		rows = rows[g.former:]
	}
	for part := range parts(rows, rowsTogether) {
		args := make([]driver.NamedValue, 0, len(part)*g.of.columns)
		for _, row := range part {
			for _, value := range row {
				args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: value})
			}
		}
		if _, err := c.execute(uninterrupted(ctx), g.of.texts[bits.Len(uint(len(part)))-1], args); err != nil {
			return fmt.Errorf("%w: writing %d rows of %s: %w", errRuined, len(part), g.of.table, err)
		}
	}
	g.rows, g.written = g.rows[:g.former], true
	return nil
}

// writeBefore writes what is gathered before a statement that may read or change it.
func (c *connection) writeBefore(ctx context.Context, text string) error {
	if g := &c.gathered; len(g.rows) == 0 || g.written && len(g.rows) == g.former || !c.touches(text) {
		return nil
	}
	return c.writeGathered(ctx)
}

// touches reports whether a statement names the table of the gathered rows.
func (c *connection) touches(text string) bool {
	of, kept := c.gathered.of, c.kept[text]
	if kept == nil {
		return strings.Contains(text, of.table)
	}
	if kept.asked != of {
		kept.asked, kept.touches = of, strings.Contains(text, of.table)
	}
	return kept.touches
}

// begin notes which rows are there when a member begins.
func (g *gathered) begin() {
	if g.written {
		g.rows = append(g.rows[:0], g.rows[g.former:]...)
	}
	g.former, g.written = len(g.rows), false
}

// undo forgets the rows of the member that is undone. What it wrote of others is no longer written.
func (g *gathered) undo() { g.rows, g.written = g.rows[:g.former], false }

// gatherNoMore has a group write its rows as they come.
func gatherNoMore(ctx context.Context, pooled *sql.Conn) error {
	return pooled.Raw(func(own any) error {
		c, ok := own.(*connection)
		if !ok {
			return nil // it gathers none
		}
		c.gathered.closed = true
		return c.writeGathered(ctx)
	})
}
