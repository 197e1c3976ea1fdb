package database

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// flush sends what was not sent yet.
func (c *postgres) flush(ctx context.Context) error {
	if c.failed == nil && len(c.unsent) == 0 && !c.isAnnouncing() {
		return nil
	}
	results, err := c.send(ctx, "", nil)
	if err != nil {
		return err
	}
	return c.end(results, nil)
}

// send sends what was not sent yet and then, unless it is empty, a statement, in one round trip. It returns the
// results at that of the statement; end must be called with them.
func (c *postgres) send(ctx context.Context, text string, args []any) (pgx.BatchResults, error) {
	if err := errors.Join(c.usable(), ctx.Err()); err != nil {
		return nil, err
	}
	if !c.begun {
		c.snapshot = time.Now()
	}
	batch, sent := &pgx.Batch{}, c.unsent
	reads := slices.DeleteFunc(slices.Clone(c.ahead), func(read *announced) bool { return read.result != nil })
	for _, statement := range sent {
		batch.Queue(statement.checked(), statement.args...)
	}
	for _, read := range reads {
		batch.Queue(read.text, values(read.args)...)
	}
	if text != "" {
		batch.Queue(text, args...)
	}
	c.member.changed = c.member.changed || len(sent) > c.member.before
	c.unsent, c.member.before = nil, 0
	results := c.native().SendBatch(ctx, batch)
	for _, statement := range sent {
		if _, err := results.Exec(); err != nil {
			return nil, c.end(results, statement.failure(err))
		}
		c.begun = true // the first is BEGIN
	}
	for _, read := range reads {
		rows, err := results.Query()
		if err == nil {
			read.result, err = buffer(rows)
		}
		if err != nil {
			return nil, c.end(results, err)
		}
	}
	return results, nil
}

// end ends a round trip, with the error of its last statement.
func (c *postgres) end(results pgx.BatchResults, err error) error {
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		c.failed = err
	}
	return err
}
