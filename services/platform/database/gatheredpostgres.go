package database

import (
	"context"
	"slices"
	"strings"
)

// unsentRows are the rows of a group or a transaction on PostgreSQL that are to be written, all of one table.
type unsentRows struct {
	of   *Rows
	rows [][]any
	// explain is that of the last one.
	explain func(error) error
}

func (c *postgres) gather(ctx context.Context, of *Rows, explain func(error) error, row []any) (bool, error) {
	if !c.gathers(of) {
		return false, nil
	}
	c.ahead = nil // the row may change what they read
	c.touch(of.text(PostgreSQL, 1))
	c.soon = unsentRows{of, append(c.soon.rows, row), explain}
	if len(c.soon.rows) < mostGathered {
		return true, nil
	}
	c.release()
	return true, c.flush(ctx)
}

// gathers reports whether rows of a table can wait.
func (c *postgres) gathers(of *Rows) bool {
	return c.open && !c.atOnce && c.failed == nil && (len(c.soon.rows) == 0 || c.soon.of == of)
}

// release makes statements of the gathered rows, to be sent with the next round trip.
func (c *postgres) release() {
	soon := c.soon
	c.soon = unsentRows{}
	for part := range slices.Chunk(soon.rows, rowsTogether) {
		statement := unsent{text: soon.of.text(PostgreSQL, len(part)), args: slices.Concat(part...)}
		if len(soon.rows) == 1 {
			statement.how.explain = soon.explain
		}
		c.unsent = append(c.unsent, statement)
	}
	if c.member.rows > 0 {
		c.member.rows, c.member.changed = 0, true // rows of members before can no longer be told from its own
	}
}

// releaseBefore is release before a statement that may read or change the rows.
func (c *postgres) releaseBefore(text string) {
	if len(c.soon.rows) > 0 && strings.Contains(text, c.soon.of.table) {
		c.release()
	}
}
