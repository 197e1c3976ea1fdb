package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

const recurrenceColumns = `customer_id, recurrence_id, package_id, display_name, price, services, version, created_at, updated_at`

func scanRecurrence(row database.Row) (recurrence domain.Recurrence, err error) {
	var services string
	var created, updated int64
	if err := row.Scan(&recurrence.Customer, &recurrence.ID, &recurrence.PackageID, &recurrence.DisplayName,
		&recurrence.Price, &services, &recurrence.Version, &created, &updated); err != nil {
		return recurrence, err
	}
	if err := json.Unmarshal([]byte(services), &recurrence.Services); err != nil {
		return recurrence, fmt.Errorf("reading the services of %s: %w", recurrence.ID, err)
	}
	recurrence.CreateTime, recurrence.UpdateTime = instant(created), instant(updated)
	return recurrence, nil
}

func (r *reader) Recurrence(ctx context.Context, customer domain.CustomerID, id domain.RecurrenceID) (domain.Recurrence, error) {
	return one(ctx, r, domain.RecurrenceName(customer, id), scanRecurrence,
		`SELECT `+recurrenceColumns+` FROM recurrences WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3`,
		string(r.tenant), string(customer), string(id))
}

func (r *reader) Recurrences(ctx context.Context, customer domain.CustomerID, after domain.RecurrenceID, limit int) ([]domain.Recurrence, bool, error) {
	return page(ctx, r, "recurrences of "+domain.CustomerName(customer), scanRecurrence, limit,
		`SELECT `+recurrenceColumns+` FROM recurrences WHERE tenant = $1 AND customer_id = $2 AND recurrence_id > $3
		 ORDER BY recurrence_id LIMIT $4`,
		string(r.tenant), string(customer), string(after))
}

func (w *writer) CreateRecurrence(ctx context.Context, recurrence domain.Recurrence) error {
	services, err := document(recurrence.Services)
	if err != nil {
		return err
	}
	return w.insert(ctx, domain.RecurrenceName(recurrence.Customer, recurrence.ID), recurrence,
		`INSERT INTO recurrences (tenant, customer_id, recurrence_id, package_id, display_name, price, services, version, created_at, updated_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		string(w.tenant), string(recurrence.Customer), string(recurrence.ID), string(recurrence.PackageID), recurrence.DisplayName,
		recurrence.Price.String(), services,
		int64(recurrence.Version), recurrence.CreateTime.UnixMicro(), recurrence.UpdateTime.UnixMicro())
}

func (w *writer) UpdateRecurrence(ctx context.Context, recurrence domain.Recurrence) error {
	services, err := document(recurrence.Services)
	if err != nil {
		return err
	}
	name := domain.RecurrenceName(recurrence.Customer, recurrence.ID)
	err = w.exec(ctx, fmt.Sprintf("updating %s to version %d", name, recurrence.Version), domain.ErrStale,
		`UPDATE recurrences SET package_id = $4, display_name = $5, price = $6, services = $7, version = $8, updated_at = $9
		 WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version = $8 - 1`,
		string(w.tenant), string(recurrence.Customer), string(recurrence.ID), string(recurrence.PackageID), recurrence.DisplayName,
		recurrence.Price.String(), services, int64(recurrence.Version), recurrence.UpdateTime.UnixMicro())
	if err != nil {
		return err
	}
	return w.Record(ctx, feed.Updated, recurrence)
}

const changeColumns = `customer_id, recurrence_id, version, difference, actor, created_at`

func scanChange(row database.Row) (change domain.Change, err error) {
	var difference string
	var created int64
	if err := row.Scan(&change.Customer, &change.Recurrence, &change.Version, &difference, &change.Actor, &created); err != nil {
		return change, err
	}
	if err := json.Unmarshal([]byte(difference), &change.Difference); err != nil {
		return change, fmt.Errorf("reading change %d of %s: %w", change.Version, change.Recurrence, err)
	}
	change.CreateTime = instant(created)
	return change, nil
}

func (r *reader) Change(ctx context.Context, customer domain.CustomerID, recurrence domain.RecurrenceID, version domain.Version) (domain.Change, error) {
	return one(ctx, r, domain.ChangeName(customer, recurrence, version), scanChange,
		`SELECT `+changeColumns+` FROM recurrence_changes WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version = $4`,
		string(r.tenant), string(customer), string(recurrence), int64(version))
}

func (r *reader) Changes(ctx context.Context, customer domain.CustomerID, recurrence domain.RecurrenceID, after domain.Version, limit int) ([]domain.Change, bool, error) {
	return page(ctx, r, "changes of "+domain.RecurrenceName(customer, recurrence), scanChange, limit,
		`SELECT `+changeColumns+` FROM recurrence_changes WHERE tenant = $1 AND customer_id = $2 AND recurrence_id = $3 AND version > $4
		 ORDER BY version LIMIT $5`,
		string(r.tenant), string(customer), string(recurrence), int64(after))
}

func (w *writer) CreateChange(ctx context.Context, change domain.Change) error {
	difference, err := document(change.Difference)
	if err != nil {
		return err
	}
	return w.insert(ctx,
		domain.ChangeName(change.Customer, change.Recurrence, change.Version), change,
		`INSERT INTO recurrence_changes (tenant, customer_id, recurrence_id, version, difference, actor, created_at)
		 VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(w.tenant), string(change.Customer), string(change.Recurrence), int64(change.Version), difference,
		change.Actor, change.CreateTime.UnixMicro())
}
