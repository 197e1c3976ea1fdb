package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// billToRow converts a bill-to to a row of its table.
func billToRow(tenant auth.Tenant, b *catalogue.BillTo) (rows.BillTo, error) {
	address, err := document(b.Address)
	if err != nil {
		return rows.BillTo{}, err
	}
	details, err := document(b.Details)
	return rows.BillTo{
		Tenant:      string(tenant),
		ID:          int64(b.ID),
		CustomerID:  int64(b.Customer),
		DisplayName: b.DisplayName,
		Version:     b.Version,
		Created:     b.Created.UnixMicro(),
		Updated:     b.Updated.UnixMicro(),
		Address:     address,
		Inactive:    b.Inactive,
		Details:     nullable(details),
	}, err
}

// billToOf converts a row to a bill-to.
func billToOf(row rows.BillTo) (catalogue.BillTo, error) {
	b := catalogue.BillTo{
		ID:          catalogue.BillToID(row.ID),
		Customer:    catalogue.CustomerID(row.CustomerID),
		DisplayName: row.DisplayName,
		Inactive:    row.Inactive,
		Revision:    revisionOf(row.Version, row.Created, row.Updated),
	}
	if err := readDocument(row.Details.String, &b.Details); err != nil {
		return b, err
	}
	return b, readDocument(row.Address, &b.Address)
}

// BillTo returns the bill-to with the given number.
func (r *reader) BillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillTo, error) {
	row, err := r.rows.GetBillTo(ctx, rows.GetBillToParams{Tenant: string(r.tenant), ID: int64(id)})
	return one("bill-to", row, err, billToOf)
}

// OwnerOf returns the customer of a bill-to, which never changes.
func (r *reader) OwnerOf(ctx context.Context, id catalogue.BillToID) (catalogue.CustomerID, error) {
	if r.known != nil && r.known.RecurringLine.BillToID == int64(id) {
		return catalogue.CustomerID(r.known.Owner), nil
	}
	billTo, err := r.BillTo(ctx, id)
	return billTo.Customer, err
}

// BillTos lists bill-tos.
func (r *reader) BillTos(ctx context.Context, query listing.Query) ([]catalogue.BillTo, error) {
	found, err := r.list(query, billToFields).ListBillTos(ctx, string(r.tenant))
	return many("bill-tos", found, err, billToOf)
}

// BillTosOf reads the bill-tos with the given numbers.
func (r *reader) BillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]catalogue.BillTo, error) {
	return among(r, "bill-tos", "id", ids, func(q *rows.Queries) ([]rows.BillTo, error) { return q.ListBillTos(ctx, string(r.tenant)) }, billToOf)
}

// BillToOf returns the customer's active bill-to with the lowest number.
func (r *reader) BillToOf(ctx context.Context, customer catalogue.CustomerID) (catalogue.BillTo, error) {
	row, err := r.rows.GetBillToOfCustomer(ctx, rows.GetBillToOfCustomerParams{Tenant: string(r.tenant), CustomerID: int64(customer)})
	return one("bill-to", row, err, billToOf)
}

// Customers reads the customers of the bill-tos of a range.
func (r *reader) Customers(ctx context.Context, in run.Range) (map[catalogue.BillToID]catalogue.CustomerID, error) {
	owners, err := r.rows.ListCustomersOfBillTos(ctx, rows.ListCustomersOfBillTosParams{
		Tenant: string(r.tenant), AfterBillTo: int64(in.After), UptoBillTo: int64(in.Upto),
	})
	customers := make(map[catalogue.BillToID]catalogue.CustomerID, len(owners))
	for _, o := range owners {
		customers[catalogue.BillToID(o.ID)] = catalogue.CustomerID(o.CustomerID)
	}
	return customers, reading("bill-tos", err)
}

// CreateBillTo inserts a bill-to, and records that documents issued earlier do not know it.
func (w *writer) CreateBillTo(ctx context.Context, b *catalogue.BillTo) error {
	if err := number(ctx, w, billToKind, &b.ID); err != nil {
		return err
	}
	b.Revision = w.created()
	row, err := billToRow(w.tenant, b)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateBillTo(ctx, rows.CreateBillToParams(row))
	if err := w.inserted(ctx, billToKind, b.ID, created, err, b); err != nil {
		return err
	}
	return w.noteNewBillTo(ctx, b.ID)
}

// UpdateBillTo updates a bill-to, and preserves the former one for documents issued earlier.
func (w *writer) UpdateBillTo(ctx context.Context, b *catalogue.BillTo) error {
	if err := w.keepBillTo(ctx, b); err != nil {
		return err
	}
	w.revise(&b.Revision)
	row, err := billToRow(w.tenant, b)
	if err != nil {
		return err
	}
	updated, err := w.rows.UpdateBillTo(ctx, rows.UpdateBillToParams(row))
	return w.updated(ctx, billToKind, b.ID, updated, err, b)
}

// DeleteBillTo deletes a bill-to, and what it was before.
func (w *writer) DeleteBillTo(ctx context.Context, b catalogue.BillTo) error {
	if err := w.rows.DeleteFormerBillTos(ctx, rows.DeleteFormerBillTosParams{Tenant: string(w.tenant), ID: int64(b.ID)}); err != nil {
		return fmt.Errorf("deleting what bill-to %d was: %w", b.ID, err)
	}
	deleted, err := w.rows.DeleteBillTo(ctx, rows.DeleteBillToParams{Tenant: string(w.tenant), ID: int64(b.ID), Version: b.Version})
	return w.deleted(ctx, billToKind, b.ID, deleted, err, b)
}

// UsesOfBillTo counts what refers to a bill-to.
func (w *writer) UsesOfBillTo(ctx context.Context, id catalogue.BillToID) (catalogue.BillToUses, error) {
	uses, err := w.rows.CountUsesOfBillTo(ctx, rows.CountUsesOfBillToParams{Tenant: string(w.tenant), BillToID: int64(id)})
	return catalogue.BillToUses{Lines: uses.Lines, MasterAccounts: uses.MasterAccounts, Invoices: uses.Invoices, Charges: uses.Charges}, err
}
