// Package feed implements the change feed of a store: one entry for each resource that a mutation
// changed, written in the same transaction. It serves as audit log, as history of a resource, and
// as the source for watchers and webhooks.
package feed

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// Kind is the kind of a change.
type Kind string

// The kinds of change.
const (
	Created Kind = "CREATED"
	Updated Kind = "UPDATED"
	Deleted Kind = "DELETED"
)

// Position is a position in the feed. The zero Position precedes every entry.
type Position struct {
	// Transaction orders entries by their transaction; it is 0 on SQLite.
	Transaction int64
	// Sequence orders the entries of one transaction, or all entries on SQLite.
	Sequence int64
}

// Entry is one change of one resource.
type Entry struct {
	// Position is the entry's position. Append ignores it.
	Position Position
	// Tenant is the owner of the resource.
	Tenant auth.Tenant
	// Time is the time of the change, to the microsecond.
	Time time.Time
	// Actor is the caller that made the change.
	Actor string
	// Resource is the name of the resource, such as `recurringLines/7`.
	Resource string
	// Type is the type of the resource, such as `RecurringLine`.
	Type string
	// Kind is the kind of the change.
	Kind Kind
	// State is the resource after the change, or before it for a deletion.
	State State
}

var written = []string{"tenant", "at", "actor", "resource", "resource_type", "kind", "state"}

var soon = database.NewRows("change_feed", written...)

func (e Entry) values() []any {
	return []any{string(e.Tenant), e.Time.UnixMicro(), e.Actor, e.Resource, e.Type, string(e.Kind), []byte(e.State)}
}

// Append writes an entry in the transaction of the change, at the latest when that is committed.
func Append(ctx context.Context, tx *database.Tx, entry Entry) error {
	explain := func(err error) error {
		return fmt.Errorf("writing the change feed entry of %s: %w", entry.Resource, err)
	}
	if err := tx.InsertSoon(ctx, soon, explain, entry.values()...); err != nil {
		return err
	}
	entry.tell(tx)
	return nil
}

// tell notes for those who follow the store what the transaction is about.
func (e Entry) tell(tx *database.Tx) {
	tx.Tell(database.Subject{Type: e.Type, Tenant: string(e.Tenant)})
}

// AppendAll writes entries in order.
func AppendAll(ctx context.Context, tx *database.Tx, entries []Entry) error {
	rows := make([][]any, len(entries))
	for i, entry := range entries {
		rows[i] = entry.values()
		entry.tell(tx)
	}
	if err := tx.InsertAll(ctx, "change_feed", written, rows); err != nil {
		return fmt.Errorf("writing change feed entries: %w", err)
	}
	return nil
}

// Filter selects entries. The zero Filter selects all.
type Filter struct {
	// Resource selects the entries of one resource; "" selects all resources.
	Resource string
	// Types selects the entries of some resource types; empty selects all types.
	Types []string
}

func (f Filter) where(args *[]any) string {
	clause := ""
	bind := func(value any) string {
		*args = append(*args, value)
		return fmt.Sprintf("$%d", len(*args))
	}
	if f.Resource != "" {
		clause += " AND resource = " + bind(f.Resource)
	}
	if len(f.Types) > 0 {
		marks := make([]string, len(f.Types))
		for i, typ := range f.Types {
			marks[i] = bind(typ)
		}
		clause += " AND resource_type IN (" + strings.Join(marks, ", ") + ")"
	}
	return clause
}

const columns = `txid, seq, tenant, at, actor, resource, resource_type, kind, state`

// settled returns a condition that selects only rows which no running transaction can still
// precede. PostgreSQL numbers rows before they are committed, so numbers are not in commit order. A
// transaction that may still commit has an id of at least the snapshot's xmin; the rows of
// transactions with lower ids are complete. Within a resource, transaction ids are in commit order,
// because a serializable transaction that finds the resource changed by a later one is retried with
// a new id. SQLite has a single writer, so its numbers are in commit order.
func settled(engine database.Engine) string {
	if engine == database.PostgreSQL {
		return ` AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`
	}
	return ""
}

// standing returns the condition that a row comes before (`<`) or after (`>`) the position in two
// parameters. On SQLite all rows have transaction 0; stating that lets SQLite use the index instead
// of scanning all earlier rows.
func standing(engine database.Engine, operator, transaction, sequence string) string {
	if engine == database.SQLite {
		return fmt.Sprintf(` AND txid = 0 AND %s >= 0 AND seq %s %s`, transaction, operator, sequence)
	}
	return fmt.Sprintf(` AND (txid, seq) %s (%s, %s)`, operator, transaction, sequence)
}

// Read returns up to limit entries of a tenant after a position, in order. Entries that are
// committed later never precede entries that were already read.
func Read(ctx context.Context, tx *database.Tx, tenant auth.Tenant, after Position, filter Filter, limit int) ([]Entry, error) {
	args := []any{string(tenant), after.Transaction, after.Sequence, limit}
	return query(ctx, tx, reading(tx.Engine, filter, &args), args...)
}

// ReadPage is like Read, but ends after the entry with which the states exceed a size. more reports
// whether there may be more entries.
func ReadPage(ctx context.Context, tx *database.Tx, tenant auth.Tenant, after Position, filter Filter, limit, bytes int) (page []Entry, more bool, err error) {
	args := []any{string(tenant), after.Transaction, after.Sequence, limit}
	count, size := 0, 0
	page, err = database.Select(ctx, tx, "change feed entry", func(row database.Row) (Entry, error) {
		entry, err := scan(row)
		count, size = count+1, size+len(entry.State)
		if more = count == limit || size > bytes; more && err == nil {
			err = database.ErrEnough
		}
		return entry, err
	}, reading(tx.Engine, filter, &args), args...)
	return page, more, err
}

// reading returns the statement of Read and ReadPage. args are the tenant, the position and the limit;
// it appends those of the filter.
func reading(engine database.Engine, filter Filter, args *[]any) string {
	return `SELECT ` + columns + ` FROM change_feed WHERE tenant = $1` + standing(engine, ">", "$2", "$3") +
		settled(engine) + filter.where(args) + ` ORDER BY txid, seq LIMIT $4`
}

// The fields of queries for List, besides those of the API: the two parts of a Position.
const (
	FieldTransaction = "transaction"
	FieldSequence    = "sequence"
)

// listColumns maps the fields of a query to columns.
var listColumns = map[string]string{
	FieldTransaction: "txid", FieldSequence: "seq",
	"resource": "resource", "resource_type": "resource_type", "actor": "actor", "kind": "kind", "change_time": "at",
}

// List returns the entries of a tenant that match a query, in its order. Its fields are those of
// Change in the API, FieldTransaction and FieldSequence.
func List(ctx context.Context, tx *database.Tx, tenant auth.Tenant, asked listing.Query) ([]Entry, error) {
	text, fields, asked := list(tx.Engine, asked)
	return query(ctx, tx.List(asked, fields), text, string(tenant))
}

// list returns the statement of List, the columns of its fields, and the query as the engine is asked.
func list(engine database.Engine, asked listing.Query) (text string, fields map[string]string, _ listing.Query) {
	fields = listColumns
	if engine == database.SQLite {
		if _, history := listing.Fixed(asked.Where, "resource"); history {
			// Without statistics, SQLite reads the index by time, and with it all entries, rather than sorting those of a resource.
			fields = maps.Clone(listColumns)
			fields["change_time"] = "+at"
		}
		// See standing.
		asked.Where = listing.All(listing.Is(FieldTransaction, 0), asked.Where)
	}
	return `SELECT ` + columns + ` FROM change_feed WHERE tenant = $1` + settled(engine), fields, asked
}

// Before returns the latest entry of a resource before a position; ok reports whether there is one.
func Before(ctx context.Context, tx *database.Tx, tenant auth.Tenant, resource string, position Position) (entry Entry, ok bool, err error) {
	entries, err := query(ctx, tx, `SELECT `+columns+` FROM change_feed WHERE tenant = $1 AND resource = $2`+standing(tx.Engine, "<", "$3", "$4")+`
		ORDER BY txid DESC, seq DESC LIMIT 1`, string(tenant), resource, position.Transaction, position.Sequence)
	if err != nil || len(entries) == 0 {
		return Entry{}, false, err
	}
	return entries[0], true, nil
}

// End returns a position after every settled entry. Entries after it are committed later.
func End(ctx context.Context, tx *database.Tx) (Position, error) {
	settled, _, err := ends(ctx, tx)
	return settled, err
}

// ends returns a position after every settled entry, and one after every entry that is committed. They differ
// while a transaction runs that is older than one that has ended.
func ends(ctx context.Context, tx *database.Tx) (settled, committed Position, err error) {
	statement := `SELECT 0, 0, coalesce(max(seq), 0) FROM change_feed`
	if tx.Engine == database.PostgreSQL {
		statement = `SELECT pg_snapshot_xmin(now)::text::bigint - 1, pg_snapshot_xmax(now)::text::bigint - 1, 9223372036854775807
			FROM pg_current_snapshot() AS now`
	}
	if err := tx.QueryRowContext(ctx, statement).Scan(&settled.Transaction, &committed.Transaction, &settled.Sequence); err != nil {
		return settled, committed, fmt.Errorf("finding the end of the change feed: %w", err)
	}
	committed.Sequence = settled.Sequence
	return settled, committed, nil
}

// Floor returns the position up to which entries may have been removed. Reads must start at or
// after it to be complete.
func Floor(ctx context.Context, tx *database.Tx) (Position, error) {
	var floor Position
	err := tx.QueryRowContext(ctx, `SELECT txid, seq FROM change_feed_floor`).Scan(&floor.Transaction, &floor.Sequence)
	if err != nil {
		return Position{}, fmt.Errorf("finding the start of the change feed: %w", err)
	}
	return floor, nil
}

// Prune removes entries of all tenants older than a time and moves the floor. An older entry that
// follows a newer one is kept, so that the rest has no gaps.
func Prune(ctx context.Context, tx *database.Tx, olderThan time.Time) error {
	keep := Position{math.MaxInt64, math.MaxInt64}
	err := tx.QueryRowContext(ctx, `SELECT txid, seq FROM change_feed WHERE at >= $1 ORDER BY txid, seq LIMIT 1`, olderThan.UnixMicro()).
		Scan(&keep.Transaction, &keep.Sequence)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("finding the entries to remove: %w", err)
	}
	var last Position
	err = tx.QueryRowContext(ctx, `SELECT txid, seq FROM change_feed WHERE (txid, seq) < ($1, $2)`+settled(tx.Engine)+
		` ORDER BY txid DESC, seq DESC LIMIT 1`, keep.Transaction, keep.Sequence).Scan(&last.Transaction, &last.Sequence)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finding the entries to remove: %w", err)
	}
	for _, statement := range []string{
		`DELETE FROM change_feed WHERE (txid, seq) <= ($1, $2)`,
		`UPDATE change_feed_floor SET txid = $1, seq = $2`,
	} {
		if _, err := tx.ExecContext(ctx, statement, last.Transaction, last.Sequence); err != nil {
			return fmt.Errorf("removing old entries of the change feed: %w", err)
		}
	}
	return nil
}

// Compare returns -1, 0 or 1 if p is before, equal to or after other.
func (p Position) Compare(other Position) int {
	return cmp.Or(cmp.Compare(p.Transaction, other.Transaction), cmp.Compare(p.Sequence, other.Sequence))
}

func query(ctx context.Context, tx database.Querier, statement string, args ...any) ([]Entry, error) {
	return database.Select(ctx, tx, "change feed entry", scan, statement, args...)
}

func scan(row database.Row) (entry Entry, err error) {
	var at int64
	err = row.Scan(&entry.Position.Transaction, &entry.Position.Sequence, &entry.Tenant, &at, &entry.Actor,
		&entry.Resource, &entry.Type, &entry.Kind, (*[]byte)(&entry.State))
	entry.Time = time.UnixMicro(at).UTC()
	return entry, err
}
