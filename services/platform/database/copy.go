package database

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// filled are the tables to which migrations write. Their rows in the target of a copy are replaced.
var filled = []string{"change_feed_floor", "page_token_key"}

// Copied is a table that was copied, and how many rows it has.
type Copied struct {
	Table string
	Rows  int64
}

// CheckCopy returns an error unless Copy can copy a store to another: from SQLite to PostgreSQL, both
// with exactly the migrations of this program, the target without rows.
func CheckCopy(ctx context.Context, from, to *DB) error {
	if from.engine != SQLite || to.engine != PostgreSQL {
		return fmt.Errorf("stores can be copied from SQLite to PostgreSQL, not from %s to %s", from.engine, to.engine)
	}
	if err := from.hasSchema(ctx, "the SQLite store"); err != nil {
		return err
	}
	if err := to.hasSchema(ctx, "the PostgreSQL store"); err != nil {
		return err
	}
	return to.Read(ctx, func(ctx context.Context, tx *Tx) error {
		tables, err := tx.tables(ctx)
		if err != nil {
			return err
		}
		return tx.checkEmpty(ctx, tables)
	})
}

// Copy copies every row of a SQLite store into a PostgreSQL store, in one transaction: resources,
// change feed, idempotency records, webhooks, sealed secrets. What numbers rows goes on where it was.
// It reads everything back and compares it before it commits. No program may serve the stores.
func Copy(ctx context.Context, from, to *DB) (copied []Copied, err error) {
	if err := CheckCopy(ctx, from, to); err != nil {
		return nil, err
	}
	err = from.Stream(ctx, func(ctx context.Context, source *Tx) error {
		return outcomeOf(to.once(ctx, to.writer, &sql.TxOptions{}, func(ctx context.Context, target *Tx) error {
			copied, err = copyTables(ctx, source, target)
			return err
		}))
	})
	return copied, translate(ctx, err)
}

// hasSchema returns an error unless the store has the migrations of this program and no others.
func (db *DB) hasSchema(ctx context.Context, name string) error {
	applied, err := db.applied(ctx)
	if err != nil {
		return err
	}
	known := map[int64]bool{}
	for version := range db.schema.oldest {
		known[version] = true
	}
	if !maps.Equal(applied, known) {
		return fault.New(fault.FailedPrecondition, reason.SchemaVersion,
			"%s does not have the schema of this program: use the program that served it last, and run `continuo migrate up` with it for both stores", name)
	}
	return nil
}

// checkEmpty returns an error if a table has rows that no migration wrote.
func (tx *Tx) checkEmpty(ctx context.Context, tables []table) error {
	for _, t := range tables {
		if slices.Contains(filled, t.name) {
			continue
		}
		var found bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+t.name+")").Scan(&found); err != nil {
			return fmt.Errorf("looking for rows in %s: %w", t.name, err)
		}
		if found {
			return fmt.Errorf("the PostgreSQL store is not empty: it has rows in %s; use a new database", t.name)
		}
	}
	return nil
}

// copyTables copies all tables, and keeps writers away from them meanwhile.
func copyTables(ctx context.Context, source, target *Tx) (copied []Copied, err error) {
	tables, err := commonTables(ctx, source, target)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.name
	}
	for _, statement := range []string{
		"SET LOCAL statement_timeout = 0", "SET LOCAL idle_in_transaction_session_timeout = 0",
		"LOCK TABLE " + strings.Join(names, ", ") + " IN EXCLUSIVE MODE",
		"DELETE FROM " + strings.Join(filled, "; DELETE FROM "),
	} {
		if _, err := target.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("preparing the copy: %w", err)
		}
	}
	if err := target.checkEmpty(ctx, tables); err != nil { // again, since now nobody can write
		return nil, err
	}
	for _, t := range tables {
		rows, err := copyTable(ctx, source, target, t)
		if err != nil {
			return nil, fmt.Errorf("copying %s: %w", t.name, err)
		}
		copied = append(copied, Copied{t.name, rows})
	}
	return copied, nil
}
