package legacy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// batch is the number of entries held in memory at once.
const batch = 200

// entry is a row of the old feed, with its state in JSON.
type entry struct {
	seq, txid, at                      int64
	tenant, actor, resource, typ, kind string
	state                              string
}

const columns = `seq, txid, at, tenant, actor, resource, resource_type, kind, state`

func scanEntry(row database.Row) (e entry, err error) {
	err = row.Scan(&e.seq, &e.txid, &e.at, &e.tenant, &e.actor, &e.resource, &e.typ, &e.kind, &e.state)
	return e, err
}

// upgrade copies the feed to a table whose states are messages and replaces the old table, all in
// one transaction and in batches. It does nothing if the states are messages already, as in a store
// created by this version.
func (s States) upgrade(ctx context.Context, tx *database.Tx) error {
	engine := engines[tx.Engine]
	var typ string
	if err := tx.QueryRowContext(ctx, engine.stateType).Scan(&typ); err != nil {
		return fmt.Errorf("reading the type of the change feed's states: %w", err)
	}
	if !strings.EqualFold(typ, "text") {
		return nil
	}
	indexes, err := database.Select(ctx, tx, "index", func(row database.Row) (statement string, err error) {
		err = row.Scan(&statement)
		return statement, err
	}, engine.indexes)
	if err != nil {
		return err
	}
	if err := execAll(ctx, tx, engine.begin); err != nil {
		return err
	}
	for last := (entry{}); ; {
		entries, err := database.Select(ctx, tx, "change feed entry", scanEntry, engine.next, engine.after(last)...)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			break
		}
		if err := s.copy(ctx, tx, engine, entries); err != nil {
			return err
		}
		last = entries[len(entries)-1]
	}
	return execAll(ctx, tx, append(slices.Clone(engine.end), indexes...))
}

func (s States) copy(ctx context.Context, tx *database.Tx, engine engine, entries []entry) error {
	states := make([][]byte, len(entries))
	for i, e := range entries {
		state, err := s.packed(e.typ, e.state)
		if err != nil {
			return fmt.Errorf("upgrading the change feed's entry %d of %s: %w", e.seq, e.resource, err)
		}
		states[i] = state
	}
	if err := engine.insert(ctx, tx, entries, states); err != nil {
		return fmt.Errorf("upgrading the change feed: %w", err)
	}
	return nil
}

func execAll(ctx context.Context, tx *database.Tx, statements []string) error {
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("upgrading the change feed: %w", err)
		}
	}
	return nil
}
