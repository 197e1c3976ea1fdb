package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// What waits for somebody to take it up, of all tenants. Batches are taken in the order of their numbers first, so that a
// long run does not hold back the short ones of others.
const (
	pendingRun = `SELECT tenant, id FROM cycle_runs WHERE state = 'PENDING' ORDER BY created, tenant, id LIMIT 1`
	endedRun   = `SELECT tenant, id FROM cycle_runs WHERE state = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM cycle_run_batches b
		WHERE b.tenant = cycle_runs.tenant AND b.run_id = cycle_runs.id AND b.state = 'PENDING') ORDER BY created, tenant, id LIMIT 1`
	pendingBatch = `SELECT tenant, run_id, number, after_bill_to, upto_bill_to, attempts FROM cycle_run_batches
		WHERE state = 'PENDING' AND not_before <= $1 ORDER BY number, tenant, run_id LIMIT 1`
)

// lock makes a query take only rows that nobody else holds, and hold them.
func lock(tx *database.Tx, query string) string {
	if tx.Engine == database.PostgreSQL {
		return query + " FOR UPDATE SKIP LOCKED"
	}
	return query
}

// HasWork reports whether something waits, without holding it.
func (s *Billing) HasWork(ctx context.Context, at time.Time) (waiting bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM cycle_run_batches WHERE state = 'PENDING' AND not_before <= $1)
			OR EXISTS (SELECT 1 FROM cycle_runs WHERE state = 'PENDING')
			OR EXISTS (SELECT 1 FROM cycle_runs WHERE state = 'RUNNING' AND NOT EXISTS (SELECT 1 FROM cycle_run_batches b
				WHERE b.tenant = cycle_runs.tenant AND b.run_id = cycle_runs.id AND b.state = 'PENDING'))`, at.UnixMicro()).Scan(&waiting)
	})
	if err != nil {
		return false, fmt.Errorf("looking for work of cycle runs: %w", err)
	}
	return waiting, nil
}

// PlanRun takes up a pending run.
func (s *Billing) PlanRun(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run) error) (bool, error) {
	return s.withRun(ctx, at, pendingRun, do)
}

// EndRun takes up a running run without pending batches.
func (s *Billing) EndRun(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run) error) (bool, error) {
	return s.withRun(ctx, at, endedRun, do)
}

func (s *Billing) withRun(ctx context.Context, at time.Time, query string, do func(context.Context, domain.BillingWriter, domain.Run) error) (found bool, err error) {
	err = s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		var tenant auth.Tenant
		var id domain.RunID
		err := tx.QueryRowContext(ctx, lock(tx, query)).Scan(&tenant, &id)
		if found = err == nil; !found {
			return notFound(err)
		}
		w, run, err := take(ctx, tx, tenant, id, at)
		if err != nil {
			return err
		}
		return do(ctx, w, run)
	})
	return found, err
}

// notFound is nil for what is not there, which is no error where something was looked for.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return fmt.Errorf("taking up work of cycle runs: %w", err)
}

// take reads the run that work belongs to; it is done in the name of who asked for it.
func take(ctx context.Context, tx *database.Tx, tenant auth.Tenant, id domain.RunID, at time.Time) (*writer, domain.Run, error) {
	w := newWriter(tx, auth.Principal{Tenant: tenant}, at)
	run, err := w.Run(ctx, id)
	w.by.Actor = run.Actor
	return w, run.InTenant(tenant), err
}

// DoBatch takes up a pending batch.
func (s *Billing) DoBatch(ctx context.Context, at time.Time, do func(context.Context, domain.BillingWriter, domain.Run, domain.Batch) error) (found bool, err error) {
	err = s.db.WriteGuarded(ctx, func(ctx context.Context, tx *database.Tx) error {
		var tenant auth.Tenant
		var batch domain.Batch
		err := tx.QueryRowContext(ctx, lock(tx, pendingBatch), at.UnixMicro()).
			Scan(&tenant, &batch.Run, &batch.Number, &batch.After, &batch.Upto, &batch.Attempts)
		if found = err == nil; !found {
			return notFound(err)
		}
		w := newWriter(tx, auth.Principal{Tenant: tenant}, at)
		run, err := one(ctx, tx, "cycle run", scanRun,
			`SELECT `+runColumns+` FROM cycle_runs WHERE tenant = $1 AND id = $2`, string(tenant), int64(batch.Run))
		if err != nil {
			return err
		}
		w.by.Actor = run.Actor
		return do(ctx, w, run.InTenant(tenant), batch)
	})
	if errors.Is(err, database.ErrUnique) {
		err = fmt.Errorf("%w: %w", domain.ErrBilled, err)
	}
	return found, err
}
