// Package feed is the change feed of a store: one entry for each resource that a mutation changed, written in the
// mutation's own transaction. It is the audit log, the history of a resource and the source of everything that follows
// changes.
package feed

import (
	"context"
	"encoding/json"
	"fmt"
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
	// State is the resource after the change, as JSON; before it, for a deletion.
	State json.RawMessage
}

// Append writes an entry in the transaction that makes the change. state is written as JSON.
func Append(ctx context.Context, tx *database.Tx, entry Entry) error {
	_, err := tx.ExecContext(ctx,
		`INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(entry.Tenant), entry.Time.UnixMicro(), entry.Actor, entry.Resource, entry.Type, string(entry.Kind), string(entry.State))
	if err != nil {
		return fmt.Errorf("writing the change feed entry of %s: %w", entry.Resource, err)
	}
	return nil
}

// Read is up to limit entries of a tenant after a position, in the feed's order. An entry never appears before one
// that was already read, whatever was committed in between.
func Read(ctx context.Context, tx *database.Tx, tenant auth.Tenant, after Position, limit int) (entries []Entry, err error) {
	settled := ""
	if tx.Engine == database.PostgreSQL {
		settled = ` AND txid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint`
	}
	rows, err := tx.QueryContext(ctx,
		`SELECT txid, seq, tenant, at, actor, resource, resource_type, kind, state FROM change_feed
		 WHERE tenant = $1 AND (txid, seq) > ($2, $3)`+settled+` ORDER BY txid, seq LIMIT $4`,
		string(tenant), after.Transaction, after.Sequence, limit)
	if err != nil {
		return nil, fmt.Errorf("reading the change feed: %w", err)
	}
	defer func() {
		if closeErr := rows.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("reading the change feed: %w", closeErr)
		}
	}()
	for rows.Next() {
		var entry Entry
		var at int64
		var state string
		if err := rows.Scan(&entry.Position.Transaction, &entry.Position.Sequence, &entry.Tenant, &at, &entry.Actor,
			&entry.Resource, &entry.Type, &entry.Kind, &state); err != nil {
			return nil, fmt.Errorf("reading a change feed entry: %w", err)
		}
		entry.Time, entry.State = time.UnixMicro(at).UTC(), json.RawMessage(state)
		entries = append(entries, entry)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the change feed: %w", err)
	}
	return entries, nil
}
