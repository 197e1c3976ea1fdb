package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

var chargeKind = kind{"charge", "charges"}

// chargeRow converts a charge to a row of its table.
func chargeRow(tenant auth.Tenant, c *charge.Charge) rows.Charge {
	return rows.Charge{
		Tenant:      string(tenant),
		ID:          int64(c.ID),
		BillToID:    int64(c.BillTo),
		ItemCode:    string(c.Item),
		Description: c.Description,
		Memo:        c.Memo,
		ChargeDate:  c.Date.String(),
		Amount:      c.Amount.Value.String(),
		Currency:    string(c.Amount.Currency),
		InvoiceID:   nullable(c.Invoice),
		Version:     c.Version,
		Created:     c.Created.UnixMicro(),
		Updated:     c.Updated.UnixMicro(),
	}
}

// chargeOf converts a row to a charge.
func chargeOf(row rows.Charge) (c charge.Charge, err error) {
	var day dates
	c = charge.Charge{
		ID:          charge.ID(row.ID),
		BillTo:      catalogue.BillToID(row.BillToID),
		Item:        catalogue.ItemCode(row.ItemCode),
		Description: row.Description,
		Memo:        row.Memo,
		Date:        day.of(row.ChargeDate),
		Invoice:     row.InvoiceID.String,
		Revision:    revisionOf(row.Version, row.Created, row.Updated),
	}
	if day.err != nil {
		return c, day.err
	}
	c.Amount, err = amountOf(row.Amount, row.Currency)
	return c, err
}

// Charge reads a one-off charge.
func (r *reader) Charge(ctx context.Context, id charge.ID) (charge.Charge, error) {
	row, err := r.rows.GetCharge(ctx, rows.GetChargeParams{Tenant: string(r.tenant), ID: int64(id)})
	return one("charge", row, err, chargeOf)
}

// Charges lists one-off charges.
func (r *reader) Charges(ctx context.Context, query listing.Query) ([]charge.Charge, error) {
	found, err := r.list(query, chargeFields).ListCharges(ctx, string(r.tenant))
	return many("charges", found, err, chargeOf)
}

// ChargesOf reads the one-off charges with the given numbers.
func (r *reader) ChargesOf(ctx context.Context, ids []charge.ID) ([]charge.Charge, error) {
	return among(r, "charges", "id", ids, func(q *rows.Queries) ([]rows.Charge, error) { return q.ListCharges(ctx, string(r.tenant)) }, chargeOf)
}

// CreateCharge inserts a one-off charge.
func (w *writer) CreateCharge(ctx context.Context, c *charge.Charge) error {
	if err := number(ctx, w, chargeKind, &c.ID); err != nil {
		return err
	}
	c.Revision = w.created()
	created, err := w.rows.CreateCharge(ctx, rows.CreateChargeParams(chargeRow(w.tenant, c)))
	return w.inserted(ctx, chargeKind, c.ID, created, err, c)
}

// UpdateCharge updates a one-off charge.
func (w *writer) UpdateCharge(ctx context.Context, c *charge.Charge) error {
	w.revise(&c.Revision)
	updated, err := w.rows.UpdateCharge(ctx, rows.UpdateChargeParams(chargeRow(w.tenant, c)))
	return w.updated(ctx, chargeKind, c.ID, updated, err, c)
}

// DeleteCharge deletes a one-off charge.
func (w *writer) DeleteCharge(ctx context.Context, c charge.Charge) error {
	deleted, err := w.rows.DeleteCharge(ctx, rows.DeleteChargeParams{Tenant: string(w.tenant), ID: int64(c.ID), Version: c.Version})
	return w.deleted(ctx, chargeKind, c.ID, deleted, err, c)
}

// ChargesOfItem counts the one-off charges for an item.
func (w *writer) ChargesOfItem(ctx context.Context, code catalogue.ItemCode) (int64, error) {
	count, err := w.rows.CountChargesOfItem(ctx, rows.CountChargesOfItemParams{Tenant: string(w.tenant), ItemCode: string(code)})
	if err != nil {
		return 0, fmt.Errorf("counting the charges for item %q: %w", string(code), err)
	}
	return count, nil
}
