// Package feed is the change feed of a store: one entry for each resource that a mutation changed, written in the
// mutation's own transaction. It is the audit log, the history of a resource and the source of everything that follows
// changes.
package feed

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// Kind is what happened to a resource.
type Kind string

// The kinds of change.
const (
	Created Kind = "CREATED"
	Updated Kind = "UPDATED"
	Deleted Kind = "DELETED"
)

// Position is a place in the feed. The zero Position lies before every entry.
type Position struct {
	// Transaction orders entries by the transaction that wrote them; it is 0 on SQLite.
	Transaction int64
	// Sequence orders the entries of one transaction, and all entries on SQLite.
	Sequence int64
}

// Entry is one change of one resource.
type Entry struct {
	// Position is where the entry stands; Append ignores it.
	Position Position
	// Tenant owns the resource.
	Tenant auth.Tenant
	// Time is when the change was made, to the microsecond.
	Time time.Time
	// Actor is who made the change.
	Actor string
	// Resource is the resource's name, such as `recurringLines/7`.
	Resource string
	// Type is the resource's type, such as `RecurringLine`.
	Type string
	// Kind is what happened.
	Kind Kind
	// State is the resource after the change; before it, for a deletion.
	State State
}

var written = []string{"tenant", "at", "actor", "resource", "resource_type", "kind", "state"}

func (e Entry) values() []any {
	return []any{string(e.Tenant), e.Time.UnixMicro(), e.Actor, e.Resource, e.Type, string(e.Kind), []byte(e.State)}
}

// Append writes an entry in the transaction that makes the change.
func Append(ctx context.Context, tx *database.Tx, entry Entry) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO change_feed (`+strings.Join(written, ", ")+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`, entry.values()...)
	if err != nil {
		return fmt.Errorf("writing the change feed entry of %s: %w", entry.Resource, err)
	}
	return nil
}

// AppendAll writes the entries of a change of many resources, in their order.
func AppendAll(ctx context.Context, tx *database.Tx, entries []Entry) error {
	rows := make([][]any, len(entries))
	for i, entry := range entries {
		rows[i] = entry.values()
	}
	if err := tx.InsertAll(ctx, "change_feed", written, rows); err != nil {
		return fmt.Errorf("writing change feed entries: %w", err)
	}
	return nil
}

// Filter narrows what Read gives. The zero Filter gives all.
type Filter struct {
	// Resource is the name of the only resource wanted; "": every resource.
	Resource string
	// Types are the only resource types wanted; none: every type.
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

// settled is the condition, on PostgreSQL, that no transaction still running can come to stand before a row: rows are
// numbered before they are committed, so the order of numbers is not the order of commits. A transaction that can still
// commit has an id of at least the snapshot's xmin; rows of older ones are all there. Within a resource the order of ids
// is the order of commits, because a serialisable transaction that meets a later one's change of the same resource is
// refused and run again with a new id. A SQLite store has one writer at a time: its numbers are the order of commits.
func settled(engine database.Engine) string {
	if engine == database.PostgreSQL {
		return ` AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`
	}
	return ""
}

// standing is the condition that a row stands before (`<`) or after (`>`) the position whose parts are two parameters. On
// SQLite every row is of transaction 0; only where that is said does it find the rows by its index instead of walking
// all before them.
func standing(engine database.Engine, operator, transaction, sequence string) string {
	if engine == database.SQLite {
		return fmt.Sprintf(` AND txid = 0 AND %s >= 0 AND seq %s %s`, transaction, operator, sequence)
	}
	return fmt.Sprintf(` AND (txid, seq) %s (%s, %s)`, operator, transaction, sequence)
}

// Read is up to limit entries of a tenant after a position, in the feed's order. An entry never appears before one
// that was already read, whatever was committed in between.
func Read(ctx context.Context, tx *database.Tx, tenant auth.Tenant, after Position, filter Filter, limit int) ([]Entry, error) {
	args := []any{string(tenant), after.Transaction, after.Sequence, limit}
	return query(ctx, tx, `SELECT `+columns+` FROM change_feed WHERE tenant = $1`+standing(tx.Engine, ">", "$2", "$3")+
		settled(tx.Engine)+filter.where(&args)+` ORDER BY txid, seq LIMIT $4`, args...)
}

// Before is the latest entry of a resource before a position; ok reports whether there is one.
func Before(ctx context.Context, tx *database.Tx, tenant auth.Tenant, resource string, position Position) (entry Entry, ok bool, err error) {
	entries, err := query(ctx, tx, `SELECT `+columns+` FROM change_feed WHERE tenant = $1 AND resource = $2`+standing(tx.Engine, "<", "$3", "$4")+`
		ORDER BY txid DESC, seq DESC LIMIT 1`, string(tenant), resource, position.Transaction, position.Sequence)
	if err != nil || len(entries) == 0 {
		return Entry{}, false, err
	}
	return entries[0], true, nil
}

// End is a position after every settled entry: what is read after it was committed later.
func End(ctx context.Context, tx *database.Tx) (Position, error) {
	end := `SELECT 0, coalesce(max(seq), 0) FROM change_feed`
	if tx.Engine == database.PostgreSQL {
		end = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1, 9223372036854775807`
	}
	var position Position
	if err := tx.QueryRowContext(ctx, end).Scan(&position.Transaction, &position.Sequence); err != nil {
		return Position{}, fmt.Errorf("finding the end of the change feed: %w", err)
	}
	return position, nil
}

// Floor is the position up to which entries have passed their retention: what was after an earlier position is no
// longer all there.
func Floor(ctx context.Context, tx *database.Tx) (Position, error) {
	var floor Position
	err := tx.QueryRowContext(ctx, `SELECT txid, seq FROM change_feed_floor`).Scan(&floor.Transaction, &floor.Sequence)
	if err != nil {
		return Position{}, fmt.Errorf("finding the beginning of the change feed: %w", err)
	}
	return floor, nil
}

// Prune removes the entries older than an instant, of all tenants, and moves the floor. An entry that stands after a
// younger one is kept with it, so what remains has no gap.
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

// Compare is -1, 0 or 1 as p lies before, at or after other.
func (p Position) Compare(other Position) int {
	return cmp.Or(cmp.Compare(p.Transaction, other.Transaction), cmp.Compare(p.Sequence, other.Sequence))
}

func query(ctx context.Context, tx *database.Tx, statement string, args ...any) ([]Entry, error) {
	return database.Select(ctx, tx, "change feed entry", func(row database.Row) (entry Entry, err error) {
		var at int64
		err = row.Scan(&entry.Position.Transaction, &entry.Position.Sequence, &entry.Tenant, &at, &entry.Actor,
			&entry.Resource, &entry.Type, &entry.Kind, (*[]byte)(&entry.State))
		entry.Time = time.UnixMicro(at).UTC()
		return entry, err
	}, statement, args...)
}
