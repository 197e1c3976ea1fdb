package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// batch holds what a transaction on many actions has read ahead and has still to write: both take a few statements for all of
// them. Whatever else the transaction does comes after what is to be written, so that it reads its own changes.
type batch struct {
	tx      *database.Tx
	ahead   map[auth.Tenant]*ahead
	pending []change
	changed map[string]bool
	// err is why writing failed. The transaction cannot go on.
	err error
}

// change is a row to write, and its entry of the change feed.
type change struct {
	table *bulk
	kind  feed.Kind
	row   []any
	// before is the version that an updated row must have.
	before int64
	entry  feed.Entry
}

func newBatch(tx *database.Tx) *batch {
	return &batch{tx: tx, ahead: map[auth.Tenant]*ahead{}, changed: map[string]bool{}}
}

// join makes a writer a part of the batch.
func (b *batch) join(w *writer) {
	own := *b.tx
	own.Statements = flushFirst{b.tx, b}
	w.batch, w.ahead = b, b.of(w.tenant)
	w.tx, w.rows = &own, rows.New(&own)
}

func (b *batch) of(tenant auth.Tenant) *ahead {
	if b.ahead[tenant] == nil {
		b.ahead[tenant] = &ahead{documents: map[string]map[string]string{}, pending: map[subscription.ID][]string{}}
	}
	return b.ahead[tenant]
}

// add notes a change to write later, and reports whether the batch can. It writes subscriptions and actions.
func (b *batch) add(ctx context.Context, w *writer, kind feed.Kind, of resource.Resource) (added bool, err error) {
	table := bulkOf(of)
	if b == nil || table == nil || kind == feed.Created && of.Kind() != resource.KindAction {
		return false, nil
	}
	name := string(w.tenant) + "/" + resource.Name(of)
	if b.changed[name] {
		if err := b.flush(ctx); err != nil {
			return false, err
		}
	}
	row, err := table.row(w.tenant, of)
	if err != nil {
		return false, err
	}
	entry, err := w.Entry(kind, of)
	if err != nil {
		return false, err
	}
	b.changed[name] = true
	b.pending = append(b.pending, change{table, kind, row, of.Versions().Version - 1, entry})
	w.ahead.forget(of)
	return true, nil
}

// flush writes what is to be written.
func (b *batch) flush(ctx context.Context) error {
	if b.err != nil || len(b.pending) == 0 {
		return b.err
	}
	pending := b.pending
	b.pending = nil
	clear(b.changed)
	b.err = b.write(ctx, pending)
	return b.err
}

func (b *batch) write(ctx context.Context, pending []change) error {
	entries := make([]feed.Entry, len(pending))
	for i, one := range pending {
		entries[i] = one.entry
	}
	for _, table := range bulks {
		if err := table.update(ctx, b.tx, pending); err != nil {
			return err
		}
		if err := table.insert(ctx, b.tx, pending); err != nil {
			return err
		}
	}
	return feed.AppendAll(ctx, b.tx, entries)
}

// update updates the rows of one table.
func (t *bulk) update(ctx context.Context, tx *database.Tx, pending []change) error {
	var changed [][]any
	for _, one := range pending {
		if one.kind == feed.Updated && one.table == t {
			changed = append(changed, append([]any{one.row[0], one.row[1], one.before}, one.row[keyColumns:]...))
		}
	}
	updated, err := tx.UpdateChanged(ctx, t.table, append(slices.Clone(t.keys), database.Column{Name: "version", Type: "BIGINT"}), t.set, changed)
	if err != nil {
		return err
	}
	if updated != int64(len(changed)) {
		return fault.New(fault.Conflict, reason.ConcurrentChange, "%d of %d rows of %s were changed by somebody else", int64(len(changed))-updated, len(changed), t.table)
	}
	return nil
}

// insert adds the rows of one table.
func (t *bulk) insert(ctx context.Context, tx *database.Tx, pending []change) error {
	var created [][]any
	for _, one := range pending {
		if one.kind == feed.Created && one.table == t {
			created = append(created, one.row)
		}
	}
	var columns []string
	for _, column := range slices.Concat(t.keys, t.set) {
		columns = append(columns, column.Name)
	}
	return tx.InsertAll(ctx, t.table, columns, created)
}

// flushFirst runs statements after what the batch has still to write.
type flushFirst struct {
	*database.Tx
	batch *batch
}

// ExecContext runs a statement.
func (f flushFirst) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if err := f.batch.flush(ctx); err != nil {
		return nil, err
	}
	return f.Tx.ExecContext(ctx, query, args...)
}

// QueryContext runs a statement.
func (f flushFirst) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := f.batch.flush(ctx); err != nil {
		return nil, err
	}
	return f.Tx.QueryContext(ctx, query, args...)
}

// QueryRowContext runs a statement.
func (f flushFirst) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if f.batch.flush(ctx) != nil { // only database/sql makes a row with an error; the batch keeps the cause
		ended, end := context.WithCancel(ctx)
		end()
		ctx = ended
	}
	return f.Tx.QueryRowContext(ctx, query, args...)
}

// end writes what is left after do, whose error it returns unless writing failed before.
func (b *batch) end(ctx context.Context, err error) error {
	if b.err != nil {
		err = b.err
	}
	if err == nil {
		err = b.flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("in a batch of actions: %w", err)
	}
	return nil
}
