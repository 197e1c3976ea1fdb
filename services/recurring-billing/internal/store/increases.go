package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

var increaseKind = kind{"rate_increase", "rateIncreases"}

// increaseRow converts a rate increase to a row of its table.
func increaseRow(tenant auth.Tenant, i *increase.Increase) (rows.RateIncrease, error) {
	plan, planErr := documentOf(i.Plan)
	change, changeErr := documentOf(i.Change)
	return rows.RateIncrease{
		Tenant:    string(tenant),
		ID:        int64(i.ID),
		Plan:      plan,
		State:     string(i.State),
		Actor:     i.Actor,
		AppliedTo: int64(i.AppliedTo),
		UndoneTo:  int64(i.UndoneTo),
		Applied:   i.Raised,
		Skipped:   i.Skipped,
		Undone:    i.Lowered,
		Kept:      i.Kept,
		Change:    change,
		Attempts:  int64(i.Attempts),
		Failure:   i.Failure,
		Ended:     endedAt(&i.Ended),
		Version:   i.Version,
		Created:   i.Created.UnixMicro(),
		Updated:   i.Updated.UnixMicro(),
	}, errors.Join(planErr, changeErr)
}

// increaseOf converts a row to a rate increase.
func increaseOf(row rows.RateIncrease) (increase.Increase, error) {
	i := increase.Increase{
		ID:       increase.ID(row.ID),
		State:    increase.State(row.State),
		Actor:    row.Actor,
		Attempts: int(row.Attempts),
		Failure:  row.Failure,
		Ended:    store.Instant(row.Ended.Int64),
		Revision: revisionOf(row.Version, row.Created, row.Updated),
		Progress: increase.Progress{Raised: row.Applied, Skipped: row.Skipped, Lowered: row.Undone, Kept: row.Kept},
	}
	i.AppliedTo, i.UndoneTo = lineID(row.AppliedTo), lineID(row.UndoneTo)
	return i, errors.Join(readDocument(row.Plan, &i.Plan), readDocument(row.Change, &i.Change))
}

// Increase reads a rate increase.
func (r *reader) Increase(ctx context.Context, id increase.ID) (increase.Increase, error) {
	row, err := r.rows.GetRateIncrease(ctx, rows.GetRateIncreaseParams{Tenant: string(r.tenant), ID: int64(id)})
	return one("rate increase", row, err, increaseOf)
}

// Increases lists rate increases.
func (r *reader) Increases(ctx context.Context, query listing.Query) ([]increase.Increase, error) {
	found, err := r.list(query, increaseFields).ListRateIncreases(ctx, string(r.tenant))
	return many("rate increases", found, err, increaseOf)
}

// CreateIncrease inserts a rate increase.
func (w *writer) CreateIncrease(ctx context.Context, i *increase.Increase) error {
	if err := number(ctx, w, increaseKind, &i.ID); err != nil {
		return err
	}
	i.Revision = w.created()
	row, err := increaseRow(w.tenant, i)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRateIncrease(ctx, rows.CreateRateIncreaseParams(row))
	return w.inserted(ctx, increaseKind, i.ID, created, err, i)
}

// HoldIncrease locks the row of a rate increase. On SQLite a write transaction excludes all others.
func (w *writer) HoldIncrease(ctx context.Context, id increase.ID) error {
	if w.tx.Engine == database.SQLite {
		return nil
	}
	if _, err := w.tx.ExecContext(ctx, `SELECT 1 FROM rate_increases WHERE tenant = $1 AND id = $2 FOR UPDATE`, string(w.tenant), int64(id)); err != nil {
		return fmt.Errorf("locking rate increase %d: %w", id, err)
	}
	return nil
}

// UpdateIncrease updates the plan and the state of a rate increase.
func (w *writer) UpdateIncrease(ctx context.Context, i *increase.Increase) error {
	w.revise(&i.Revision)
	row, err := increaseRow(w.tenant, i)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateRateIncrease(ctx, rows.UpdateRateIncreaseParams{
		Tenant: row.Tenant, ID: row.ID, Plan: row.Plan, State: row.State, Actor: row.Actor, Ended: row.Ended, Version: row.Version, Updated: row.Updated,
	})
	return w.updated(ctx, increaseKind, i.ID, updated, err, i)
}

// DeleteIncrease deletes a rate increase.
func (w *writer) DeleteIncrease(ctx context.Context, i increase.Increase) error {
	deleted, err := w.rows.DeleteRateIncrease(ctx, rows.DeleteRateIncreaseParams{Tenant: string(w.tenant), ID: int64(i.ID), Version: i.Version})
	return w.deleted(ctx, increaseKind, i.ID, deleted, err, i)
}

// KeepProgress updates what a job has done, and tells those who follow it.
func (w *writer) KeepProgress(ctx context.Context, i *increase.Increase) error {
	row, err := increaseRow(w.tenant, i)
	if err != nil {
		return err
	}
	updated, err := w.rows.KeepIncreaseProgress(ctx, rows.KeepIncreaseProgressParams{
		Tenant: row.Tenant, ID: row.ID, State: row.State, AppliedTo: row.AppliedTo, UndoneTo: row.UndoneTo, Applied: row.Applied,
		Skipped: row.Skipped, Undone: row.Undone, Kept: row.Kept, Change: row.Change, Updated: w.at.UnixMicro(),
	})
	if err := store.ChangedRows(updated, err, mutation.ErrStale); err != nil {
		return fmt.Errorf("noting the progress of rate increase %d: %w", i.ID, err)
	}
	w.tellIncrease()
	return nil
}

// PassLine makes applying a rate increase go on behind a line.
func (w *writer) PassLine(ctx context.Context, id increase.ID, l line.ID) error {
	if err := w.rows.PassIncreaseLine(ctx, rows.PassIncreaseLineParams{
		Tenant: string(w.tenant), ID: int64(id), AppliedTo: int64(l), Updated: w.at.UnixMicro(),
	}); err != nil {
		return fmt.Errorf("passing line %d with rate increase %d: %w", l, id, err)
	}
	return nil
}

// PostponeStep updates why a step failed. If the job was cancelled meanwhile, nothing changes.
func (w *writer) PostponeStep(ctx context.Context, i *increase.Increase, until time.Time) error {
	if err := w.rows.PostponeIncrease(ctx, rows.PostponeIncreaseParams{
		Tenant: string(w.tenant), ID: int64(i.ID), State: string(i.State), Attempts: int64(i.Attempts), Failure: i.Failure,
		NotBefore: until.UnixMicro(), Updated: w.at.UnixMicro(),
	}); err != nil {
		return fmt.Errorf("postponing rate increase %d: %w", i.ID, err)
	}
	w.tellIncrease()
	return nil
}

// tellIncrease tells those who follow rate increases of what the feed does not.
func (w *writer) tellIncrease() {
	w.tx.Tell(database.Subject{Type: increase.Type, Tenant: string(w.tenant)})
}
