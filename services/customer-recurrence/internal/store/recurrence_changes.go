package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// changeRow is a change as its table holds it.
func changeRow(tenant auth.Tenant, change domain.Change) (rows.RecurrenceChange, error) {
	difference, err := document(change.Difference)
	return rows.RecurrenceChange{
		Tenant:       string(tenant),
		CustomerID:   string(change.Customer),
		RecurrenceID: string(change.Recurrence),
		Version:      int64(change.Version),
		Difference:   difference,
		Actor:        change.Actor,
		CreatedAt:    change.CreateTime.UnixMicro(),
	}, err
}

// changeOf is the change that a row holds.
func changeOf(row rows.RecurrenceChange) (domain.Change, error) {
	change := domain.Change{
		Customer:   domain.CustomerID(row.CustomerID),
		Recurrence: domain.RecurrenceID(row.RecurrenceID),
		Version:    domain.Version(row.Version),
		Actor:      row.Actor,
		CreateTime: instant(row.CreatedAt),
	}
	return change, readDocument(row.Difference, &change.Difference)
}

func (r *reader) Change(ctx context.Context, customer domain.CustomerID, recurrence domain.RecurrenceID, version domain.Version) (domain.Change, error) {
	row, err := r.rows.GetRecurrenceChange(ctx, rows.GetRecurrenceChangeParams{
		Tenant: string(r.tenant), CustomerID: string(customer), RecurrenceID: string(recurrence), Version: int64(version),
	})
	return one(domain.ChangeName(customer, recurrence, version), row, err, changeOf)
}

func (r *reader) Changes(ctx context.Context, customer domain.CustomerID, recurrence domain.RecurrenceID, after domain.Version, limit int) ([]domain.Change, bool, error) {
	page := r.page("difference", limit)
	found, err := rows.New(page).ListRecurrenceChanges(ctx, rows.ListRecurrenceChangesParams{
		Tenant: string(r.tenant), CustomerID: string(customer), RecurrenceID: string(recurrence), Version: int64(after), Limit: page.limit(),
	})
	return many("changes of "+domain.RecurrenceName(customer, recurrence), found, page.more, err, changeOf)
}

func (w *writer) CreateChange(ctx context.Context, change domain.Change) error {
	row, err := changeRow(w.tenant, change)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateRecurrenceChange(ctx, rows.CreateRecurrenceChangeParams(row))
	return w.kept(ctx, created, err, domain.ErrTaken,
		domain.ChangeName(change.Customer, change.Recurrence, change.Version), feed.Created, change)
}
