// Package store keeps the domain's state in a database, SQLite or PostgreSQL, with one SQL text for both: the tables are in
// migrations, the queries in queries, and package rows is generated from them. Documents are JSON of the domain's own
// types, decimals and ids text, instants microseconds since 1970 UTC.
package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// Migrations are the service's own, to open its database with.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Store is the domain's Store over a database.
type Store struct{ db *database.DB }

var _ domain.Store = (*Store)(nil)

// New is the store over an open database that was migrated with Migrations.
func New(db *database.DB) *Store { return &Store{db: db} }

// Read runs do on one snapshot of a tenant's rows.
func (s *Store) Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, domain.Reader) error) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		reader := newReader(tx, tenant)
		return do(ctx, &reader)
	})
}

// Write runs do in one transaction on the rows of the caller's tenant.
func (s *Store) Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, domain.Writer) error) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		return do(ctx, &writer{reader: newReader(tx, by.Tenant), Table: idempotency.In(tx, by.Tenant), by: by, at: at})
	})
}

type reader struct {
	tx     *database.Tx
	rows   *rows.Queries
	tenant auth.Tenant
}

func newReader(tx *database.Tx, tenant auth.Tenant) reader {
	return reader{tx: tx, rows: rows.New(tx), tenant: tenant}
}

type writer struct {
	reader
	idempotency.Table
	by auth.Principal
	at time.Time
}

// resource is what a change feed entry tells of a row.
type resource struct {
	name, kind string
	change     feed.Kind
	state      any
}

// kept records a resource in the change feed after the statement that created or updated its row. The statement must have
// written exactly one row; otherwise the error is none.
func (w *writer) kept(ctx context.Context, written int64, err, none error, changed resource) error {
	if err == nil && written != 1 {
		err = none
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", changed.name, err)
	}
	state, err := json.Marshal(changed.state)
	if err != nil {
		return fmt.Errorf("writing the state of %s as JSON: %w", changed.name, err)
	}
	return feed.Append(ctx, w.tx, feed.Entry{
		Tenant: w.tenant, Actor: w.by.Actor, Time: w.at,
		Resource: changed.name, Type: changed.kind, Kind: changed.change, State: state,
	})
}

// one is what a row that was read by its key holds; no row is domain.ErrNotFound.
func one[R, T any](what string, row R, err error, of func(R) (T, error)) (item T, _ error) {
	if errors.Is(err, sql.ErrNoRows) {
		return item, fmt.Errorf("%s: %w", what, domain.ErrNotFound)
	}
	if err == nil {
		item, err = of(row)
	}
	if err != nil {
		return item, fmt.Errorf("reading %s: %w", what, err)
	}
	return item, nil
}

// many is what the rows of a page hold, in their order, and whether more follow.
func many[R, T any](what string, found []R, more bool, err error, of func(R) (T, error)) ([]T, bool, error) {
	items := make([]T, len(found))
	for i := 0; i < len(found) && err == nil; i++ {
		items[i], err = of(found[i])
	}
	if err != nil {
		return nil, false, fmt.Errorf("listing %s: %w", what, err)
	}
	return items, more, nil
}

// document is a value kept as JSON text.
func document(value any) (string, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("writing a document: %w", err)
	}
	return string(text), nil
}

// readDocument reads a value that document wrote.
func readDocument(text string, value any) error {
	if err := json.Unmarshal([]byte(text), value); err != nil {
		return fmt.Errorf("reading a document: %w", err)
	}
	return nil
}

// instant is microseconds since 1970 as a time in UTC.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
