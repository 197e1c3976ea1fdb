package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// latest is the last invoice and the last credit note that were issued.
func (r *reader) latest(ctx context.Context) (last invoice.Issued, err error) {
	err = r.tx.QueryRowContext(ctx, `SELECT COALESCE((SELECT MAX(number) FROM invoices WHERE tenant = $1), 0),
		COALESCE((SELECT MAX(id) FROM credit_notes WHERE tenant = $1), 0)`, string(r.tenant)).Scan(&last.Invoice, &last.CreditNote)
	if err != nil {
		return last, fmt.Errorf("reading which documents were issued last: %w", err)
	}
	return last, nil
}

// keepBillTo keeps what documents say of a bill-to that is about to change, if there are any: its own, and those of a master
// account that name it as one of the customers it pays for.
func (w *writer) keepBillTo(ctx context.Context, to *catalogue.BillTo) error {
	former, err := w.BillTo(ctx, to.ID)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil // there is nothing to change
	}
	if err != nil || former.DisplayName == to.DisplayName && former.Address == to.Address {
		return err
	}
	last, err := w.latest(ctx)
	if err != nil || last.Invoice == 0 {
		return err
	}
	return w.keepFormer(ctx, invoice.FormerBillTo{BillTo: to.ID, Last: last, DisplayName: former.DisplayName, Address: former.Address}, former.Version)
}

// keepFormer keeps what documents say of a bill-to, until it had a version.
func (w *writer) keepFormer(ctx context.Context, f invoice.FormerBillTo, version int64) error {
	result, err := w.tx.ExecContext(ctx,
		`INSERT INTO former_bill_tos (tenant, id, version, last_invoice, last_credit_note, display_name, address)
		 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		string(w.tenant), int64(f.BillTo), version, f.Last.Invoice, int64(f.Last.CreditNote), f.DisplayName, document[catalogue.Address]{&f.Address})
	if err := took(result, err); err != nil {
		return fmt.Errorf("keeping what bill-to %d was: %w", f.BillTo, err)
	}
	return nil
}

// keepProfile does the same for the billing profile.
func (w *writer) keepProfile(ctx context.Context, to *invoice.Profile) error {
	former, err := w.Profile(ctx)
	if errors.Is(err, mutation.ErrNotFound) {
		former, err = invoice.Profile{}, nil
	}
	if err != nil || former.Says(*to) {
		return err
	}
	last, err := w.latest(ctx)
	if err != nil || last.Invoice == 0 {
		return err
	}
	_, err = w.tx.ExecContext(ctx,
		`INSERT INTO former_billing_profiles (tenant, version, last_invoice, last_credit_note, profile) VALUES ($1, $2, $3, $4, $5)`,
		string(w.tenant), former.Version, last.Invoice, int64(last.CreditNote), document[invoice.Profile]{&former})
	if err != nil {
		return fmt.Errorf("keeping what the billing profile was: %w", err)
	}
	return nil
}

// until is the column that tells the last document of the kind that says a former row, and the number of one that was issued:
// it says the first row whose column is not below.
func until(issued invoice.Issued) (column string, number int64) {
	if issued.CreditNote != 0 {
		return `last_credit_note`, int64(issued.CreditNote)
	}
	return `last_invoice`, issued.Invoice
}

// BillToAt reads a bill-to as it was when a document was issued.
func (r *reader) BillToAt(ctx context.Context, id catalogue.BillToID, issued invoice.Issued) (catalogue.BillTo, error) {
	billTo, err := r.BillTo(ctx, id)
	if err != nil || issued == (invoice.Issued{}) {
		return billTo, err
	}
	column, number := until(issued)
	former, err := one(ctx, r.tx, "former bill-to", func(row database.Row) (b catalogue.BillTo, err error) {
		err = row.Scan(&b.DisplayName, document[catalogue.Address]{&b.Address})
		return b, err
	}, `SELECT display_name, address FROM former_bill_tos WHERE tenant = $1 AND id = $2 AND display_name <> '' AND `+column+` >= $3 ORDER BY version LIMIT 1`,
		string(r.tenant), int64(id), number)
	if errors.Is(err, mutation.ErrNotFound) {
		return billTo, nil
	}
	billTo.DisplayName, billTo.Address = former.DisplayName, former.Address
	return billTo, err
}

// ProfileAt reads the billing profile as it was when a document was issued.
func (r *reader) ProfileAt(ctx context.Context, issued invoice.Issued) (invoice.Profile, error) {
	if issued == (invoice.Issued{}) {
		return r.Profile(ctx)
	}
	column, number := until(issued)
	former, err := one(ctx, r.tx, "former billing profile", func(row database.Row) (p invoice.Profile, err error) {
		err = row.Scan(document[invoice.Profile]{&p})
		return p, err
	}, `SELECT profile FROM former_billing_profiles WHERE tenant = $1 AND `+column+` >= $2 ORDER BY version LIMIT 1`, string(r.tenant), number)
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		return r.Profile(ctx)
	case err == nil && former == (invoice.Profile{}):
		return former, fmt.Errorf("reading a former billing profile: %w", mutation.ErrNotFound)
	}
	return former, err
}

// beforeAll is added to the ordinals of what was imported, so that as versions they stand before those of changes made here.
const beforeAll = -1_000_000_000

// FormerBillTosOf reads what issued documents say of bill-tos.
func (r *reader) FormerBillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]invoice.FormerBillTo, error) {
	formers, err := among(ctx, r, "former bill-to", func(row database.Row) (f invoice.FormerBillTo, err error) {
		err = row.Scan(&f.BillTo, &f.Ordinal, &f.Last.Invoice, &f.Last.CreditNote, &f.DisplayName, document[catalogue.Address]{&f.Address})
		return f, err
	}, `SELECT id, ROW_NUMBER() OVER (PARTITION BY id ORDER BY version), last_invoice, last_credit_note, display_name, address
		FROM former_bill_tos WHERE tenant = $1 AND id`, ids)
	slices.SortFunc(formers, func(a, b invoice.FormerBillTo) int {
		return cmp.Or(cmp.Compare(a.BillTo, b.BillTo), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	return formers, err
}

// FormerProfiles reads what issued documents say of the seller.
func (r *reader) FormerProfiles(ctx context.Context) ([]invoice.FormerProfile, error) {
	return database.Select(ctx, r.tx, "former billing profile", func(row database.Row) (f invoice.FormerProfile, err error) {
		err = row.Scan(&f.Ordinal, &f.Last.Invoice, &f.Last.CreditNote, document[invoice.Profile]{&f.Profile})
		f.Profile.Revision = mutation.Revision{}
		return f, err
	}, `SELECT ROW_NUMBER() OVER (ORDER BY version), last_invoice, last_credit_note, profile
		FROM former_billing_profiles WHERE tenant = $1 ORDER BY version`, string(r.tenant))
}

// ImportFormerBillTo keeps what imported documents say of a bill-to.
func (w *writer) ImportFormerBillTo(ctx context.Context, f invoice.FormerBillTo) error {
	return w.keepFormer(ctx, f, int64(beforeAll+f.Ordinal))
}

// ImportFormerProfile keeps what imported documents say of the seller.
func (w *writer) ImportFormerProfile(ctx context.Context, f invoice.FormerProfile) error {
	result, err := w.tx.ExecContext(ctx,
		`INSERT INTO former_billing_profiles (tenant, version, last_invoice, last_credit_note, profile) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		string(w.tenant), int64(beforeAll+f.Ordinal), f.Last.Invoice, int64(f.Last.CreditNote), document[invoice.Profile]{&f.Profile})
	if err := took(result, err); err != nil {
		return fmt.Errorf("keeping what the billing profile was: %w", err)
	}
	return nil
}
