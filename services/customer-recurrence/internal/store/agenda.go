package store

import (
	"context"
	"fmt"

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
		found, err := rows.New(tx).ListDueTenants(ctx, day.String())
		tenants = nil
		for _, tenant := range found {
			tenants = append(tenants, auth.Tenant(tenant))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for recurrences that are due: %w", err)
	}
	return tenants, nil
}

// Due returns the keys of a tenant's recurrences of which something is due.
func (a Agenda) Due(ctx context.Context, tenant auth.Tenant, day date.Date, after recurrence.Key, limit int) (keys []recurrence.Key, err error) {
	err = a.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		found, err := rows.New(tx).ListDueRecurrences(ctx, rows.ListDueRecurrencesParams{
			Tenant: string(tenant), EndDate: day.String(), CustomerID: string(after.Customer), RecurrenceID: string(after.Recurrence), Limit: int32(limit),
		})
		keys = nil
		for _, row := range found {
			keys = append(keys, recurrence.Key{Customer: customer.ID(row.CustomerID), Recurrence: recurrence.ID(row.RecurrenceID)})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for recurrences that are due: %w", err)
	}
	return keys, nil
}
