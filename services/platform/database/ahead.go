package database

import (
	"context"
	"database/sql/driver"
	"reflect"
)

// Ahead announces reads that the transaction is about to make, so that they are sent together with the next
// statement. In read, queries find no row and announce themselves. Announced reads are forgotten when
// the transaction writes. Where statements run at once (see Later), read is not called.
func (tx *Tx) Ahead(ctx context.Context, read func(context.Context)) {
	if tx.pipelined {
		defer func(before bool) { tx.announcing = before }(tx.announcing)
		tx.announcing = true
		read(context.WithValue(ctx, aheadKey{}, true))
	}
}

type aheadKey struct{}

// IsAhead reports whether reads with a context only announce themselves, so that they find nothing.
func IsAhead(ctx context.Context) bool { return ctx.Value(aheadKey{}) != nil }

// announced is a read that was announced. Its result is nil until it was sent.
type announced struct {
	text   string
	args   []driver.NamedValue
	result *buffered
}

func (c *postgres) announce(text string, args []driver.NamedValue) {
	if c.find(text, args) == nil {
		c.ahead = append(c.ahead, &announced{text: text, args: args})
	}
}

func (c *postgres) find(text string, args []driver.NamedValue) *announced {
	for _, read := range c.ahead {
		if read.text == text && reflect.DeepEqual(read.args, args) {
			return read
		}
	}
	return nil
}

// isAnnouncing reports whether announced reads were not sent yet.
func (c *postgres) isAnnouncing() bool {
	return len(c.ahead) > 0 && c.ahead[len(c.ahead)-1].result == nil
}
