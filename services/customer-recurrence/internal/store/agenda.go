package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/date"
)

// Agenda implements recurrence.Agenda.
type Agenda struct{ db *database.DB }

// NewAgenda returns the agenda of a store.
func NewAgenda(db *database.DB) Agenda { return Agenda{db} }

// DueTenants returns the tenants with something due on or before a day.
func (a Agenda) DueTenants(ctx context.Context, day date.Date) (tenants []auth.Tenant, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		ending, err := rows.New(tx).ListEndingTenants(ctx, day.String())
		if err != nil {
			return err
		}
		changing, err := rows.New(tx).ListChangingTenants(ctx, day.String())
		tenants = nil
		for _, tenant := range slices.Concat(ending, changing) {
			tenants = append(tenants, auth.Tenant(tenant))
		}
		slices.Sort(tenants)
		tenants = slices.Compact(tenants)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for recurrences that are due: %w", err)
	}
	return tenants, nil
}

// Ending returns the keys of a tenant's recurrences that are to end on or before a day.
func (a Agenda) Ending(ctx context.Context, tenant auth.Tenant, day date.Date, after recurrence.Key, limit int) ([]recurrence.Key, error) {
	return a.keys(ctx, func(ctx context.Context, q *rows.Queries) (keys []recurrence.Key, err error) {
		found, err := q.ListEnding(ctx, rows.ListEndingParams{
			Tenant: string(tenant), EndDate: day.String(), CustomerID: string(after.Customer), RecurrenceID: string(after.Recurrence), Limit: int32(limit),
		})
		for _, row := range found {
			keys = append(keys, recurrence.Key{Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID)})
		}
		return keys, err
	})
}

// Changing returns the keys of a tenant's recurrences of which a change is to happen on or before a day.
func (a Agenda) Changing(ctx context.Context, tenant auth.Tenant, day date.Date, after recurrence.Key, limit int) ([]recurrence.Key, error) {
	return a.keys(ctx, func(ctx context.Context, q *rows.Queries) (keys []recurrence.Key, err error) {
		found, err := q.ListChanging(ctx, rows.ListChangingParams{
			Tenant: string(tenant), EffectiveDate: day.String(), CustomerID: string(after.Customer), RecurrenceID: string(after.Recurrence), Limit: int32(limit),
		})
		for _, row := range found {
			keys = append(keys, recurrence.Key{Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID)})
		}
		return keys, err
	})
}

func (a Agenda) keys(ctx context.Context, list func(context.Context, *rows.Queries) ([]recurrence.Key, error)) (keys []recurrence.Key, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		keys, err = list(ctx, rows.New(tx))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for recurrences that are due: %w", err)
	}
	return keys, nil
}
