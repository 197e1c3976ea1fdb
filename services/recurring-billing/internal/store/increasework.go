package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
)

// waitingIncrease selects the job of a rate increase that waits longest for its next step.
const waitingIncrease = `SELECT tenant, id FROM rate_increases WHERE state IN ('APPLYING', 'UNDOING') AND not_before <= $1 ORDER BY updated, tenant, id LIMIT 1`

// Increases stores rate increases and hands out the steps of their jobs. A claim is the lock on the
// row of the increase, as for cycle runs; see Runs.
type Increases struct {
	*store.Store[increase.Reader, increase.Writer]
	db      *database.DB
	message store.Message
}

var _ increase.Store = (*Increases)(nil)

// NewIncreases returns the store of rate increases in a migrated database. message converts
// resources for the change feed.
func NewIncreases(db *database.DB, message store.Message) *Increases {
	return &Increases{Store: New[increase.Reader, increase.Writer](db, message), db: db, message: message}
}

// Follow tells of rate increases.
func (s *Increases) Follow(of auth.Tenant) (news <-chan struct{}, leave func()) {
	return follow(s.db, database.Subject{Type: increase.Type, Tenant: string(of)})
}

// Waiting looks for a job without locking it.
func (s *Increases) Waiting(ctx context.Context, at time.Time) (waiting bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (`+waitingIncrease+`)`, at.UnixMicro()).Scan(&waiting)
	})
	if err != nil {
		return false, fmt.Errorf("looking for work of rate increases: %w", err)
	}
	return waiting, nil
}

// Step claims a job and does a step of it.
func (s *Increases) Step(ctx context.Context, at time.Time, do func(context.Context, increase.Writer, increase.Increase) error) (found bool, err error) {
	err = s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		var tenant auth.Tenant
		var id increase.ID
		err := tx.QueryRowContext(ctx, lock(tx, waitingIncrease, "rate_increases"), at.UnixMicro()).Scan(&tenant, &id)
		if found = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("taking up work of rate increases: %w", err)
		}
		w := newWriter(store.NewWriter(tx, s.message, auth.Principal{Tenant: tenant}, at))
		taken, err := w.Increase(ctx, id)
		if err != nil {
			return err
		}
		w.By.Actor = taken.Actor
		return do(ctx, w, taken.InTenant(tenant))
	})
	return found, err
}
