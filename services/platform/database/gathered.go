package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The rows that the members of a group add to one table are gathered, and written by one statement when the group ends. The change feed is
// written so. On SQLite, the pages of the table and of its indexes are then changed once, and not copied behind each savepoint; on
// PostgreSQL, the server runs one statement instead of one for each member.
//
//   - A member that is undone leaves no row, and the rows of others keep their order.
//   - A statement that names the table finds all rows in it.
//   - If the rows cannot be written, the group is undone, and its members run again, alone.

// A group gathers up to mostGathered rows, and those of one member, which are as many at most. They are written by statements of up to rowsTogether.
const (
	mostGathered = 64
	rowsTogether = 16
)

// Rows are rows of a table that Tx.InsertSoon writes.
type Rows struct {
	table   string
	columns int
	// texts are the statements for one row, two rows and so on for an engine.
	texts map[Engine][]string
}

// NewRows returns the rows of a table with values for some of its columns. What else the table has must have a default.
func NewRows(table string, columns ...string) *Rows {
	rows := &Rows{table: table, columns: len(columns), texts: map[Engine][]string{}}
	numbered := func(n int) string {
		row := make([]string, len(columns))
		for i := range row {
			row[i] = "$" + strconv.Itoa(n*len(columns)+i+1)
		}
		return "(" + strings.Join(row, ", ") + ")"
	}
	text := fmt.Sprintf("INSERT INTO %s (%s) VALUES ", table, strings.Join(columns, ", ")) + numbered(0)
	for n := 1; n <= rowsTogether; n++ {
		rows.texts[SQLite] = append(rows.texts[SQLite], insertStatement(table, columns, n))
		rows.texts[PostgreSQL] = append(rows.texts[PostgreSQL], text)
		text += ", " + numbered(n)
	}
	return rows
}

// text returns the statement of an engine for up to rowsTogether rows.
func (r *Rows) text(engine Engine, rows int) string { return r.texts[engine][rows-1] }

// InsertSoon inserts a row, at the latest with the commit, after those that were inserted so before. values are of the types of
// driver.Value and must not be changed afterwards. Its error may be that of a later statement or of Write; explain makes of it what the
// caller shall get, unless other rows are written with this one.
func (tx *Tx) InsertSoon(ctx context.Context, rows *Rows, explain func(error) error, values ...any) (err error) {
	gathers := false
	ctx = tx.uninterrupted(ctx)
	if _, inGroup := tx.Statements.(*grouped); (inGroup || tx.pipelined) && !isAtOnce(ctx) {
		err = tx.connection.Raw(func(own any) (err error) {
			if c, ok := own.(gathering); ok {
				gathers, err = c.gather(ctx, rows, explain, values)
			}
			return err
		})
	}
	if err == nil && !gathers {
		_, err = tx.Later(explain).ExecContext(ctx, rows.text(PostgreSQL, 1), values...) // SQLite understands it too
	}
	return err
}

// gathering is a connection that gathers rows.
type gathering interface {
	// gather keeps a row until the group or the transaction ends, or reports that it has to be written at once.
	gather(ctx context.Context, of *Rows, explain func(error) error, row []any) (bool, error)
}

// gathered are the rows of a group on SQLite that are to be written, all of one table.
type gathered struct {
	of *Rows
	// rows are in order. The first are those of members before the one that runs: former of them, written or not.
	rows    [][]any
	former  int
	written bool
}

func (c *connection) gather(ctx context.Context, of *Rows, _ func(error) error, row []any) (bool, error) {
	if err := c.enter(ctx); err != nil {
		return false, err
	}
	g := &c.gathered
	if !c.grouped || len(g.rows) > 0 && g.of != of {
		return false, nil
	}
	c.changing.before(of.text(SQLite, 1)) // as if it ran: the table changes with the group
	if g.of, g.rows = of, append(g.rows, row); len(g.rows)-g.former >= mostGathered {
		return true, c.writeGathered(ctx) // a member with many rows
	}
	return true, nil
}

// writeGathered writes what is not written. Its error has all members of the group run again.
func (c *connection) writeGathered(ctx context.Context) error {
	g, ctx := &c.gathered, uninterrupted(ctx)
	rows := g.rows
	if g.written {
		rows = rows[g.former:]
	}
	for part := range slices.Chunk(rows, rowsTogether) {
		args := make([]driver.NamedValue, 0, len(part)*g.of.columns)
		for _, row := range part {
			for _, value := range row {
				args = append(args, driver.NamedValue{Ordinal: len(args) + 1, Value: value})
			}
		}
		if _, err := c.execute(ctx, g.of.text(SQLite, len(part)), args); err != nil {
			c.ruined = fmt.Errorf("%w: writing %d rows of %s: %w", errRuined, len(part), g.of.table, err)
			return c.ruined
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
