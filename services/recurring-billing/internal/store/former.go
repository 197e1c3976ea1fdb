package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// latest returns the last invoice and the last credit note that were issued.
func (r *reader) latest(ctx context.Context) (invoice.Issued, error) {
	last, err := r.rows.GetLatest(ctx, string(r.tenant))
	if err != nil {
		return invoice.Issued{}, fmt.Errorf("reading which documents were issued last: %w", err)
	}
	return invoice.Issued{Invoice: last.Invoice, CreditNote: invoice.CreditNoteID(last.CreditNote)}, nil
}

// keepBillTo preserves a bill-to that is about to change, if any issued document shows it: its own
// documents, and those of a master account that name it as one of the customers it pays for.
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

// keepFormer stores a former bill-to that was valid up to a version.
func (w *writer) keepFormer(ctx context.Context, f invoice.FormerBillTo, version int64) error {
	address, err := document(f.Address)
	if err != nil {
		return err
	}
	kept, err := w.rows.CreateFormerBillTo(ctx, rows.CreateFormerBillToParams{
		Tenant: string(w.tenant), ID: int64(f.BillTo), Version: version, LastInvoice: f.Last.Invoice,
		LastCreditNote: int64(f.Last.CreditNote), DisplayName: f.DisplayName, Address: address,
	})
	if err := store.ChangedRows(kept, err, mutation.ErrTaken); err != nil {
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
	return w.keepFormerProfile(ctx, invoice.FormerProfile{Last: last, Profile: former}, former.Version)
}

// keepFormerProfile stores a former profile that was valid up to a version.
func (w *writer) keepFormerProfile(ctx context.Context, f invoice.FormerProfile, version int64) error {
	profile, err := document(f.Profile)
	if err != nil {
		return err
	}
	kept, err := w.rows.CreateFormerProfile(ctx, rows.CreateFormerProfileParams{
		Tenant: string(w.tenant), Version: version, LastInvoice: f.Last.Invoice, LastCreditNote: int64(f.Last.CreditNote), Profile: profile,
	})
	if err := store.ChangedRows(kept, err, mutation.ErrTaken); err != nil {
		return fmt.Errorf("keeping what the billing profile was: %w", err)
	}
	return nil
}

// BillToAt reads a bill-to as it was when a document was issued.
func (r *reader) BillToAt(ctx context.Context, id catalogue.BillToID, issued invoice.Issued) (catalogue.BillTo, error) {
	billTo, err := r.BillTo(ctx, id)
	if err != nil || issued == (invoice.Issued{}) {
		return billTo, err
	}
	row, err := r.formerBillTo(ctx, id, issued)
	former, err := one("former bill-to", row, err, formerBillToOf)
	if errors.Is(err, mutation.ErrNotFound) {
		return billTo, nil
	}
	billTo.DisplayName, billTo.Address = former.DisplayName, former.Address
	return billTo, err
}

// formerBillTo returns the former bill-to that a document shows, whether it is an invoice or a
// credit note.
func (r *reader) formerBillTo(ctx context.Context, id catalogue.BillToID, issued invoice.Issued) (rows.FormerBillTo, error) {
	if issued.CreditNote != 0 {
		return r.rows.GetFormerBillToOfCreditNote(ctx, rows.GetFormerBillToOfCreditNoteParams{
			Tenant: string(r.tenant), ID: int64(id), LastCreditNote: int64(issued.CreditNote),
		})
	}
	return r.rows.GetFormerBillToOfInvoice(ctx, rows.GetFormerBillToOfInvoiceParams{
		Tenant: string(r.tenant), ID: int64(id), LastInvoice: issued.Invoice,
	})
}

// ProfileAt reads the billing profile as it was when a document was issued.
func (r *reader) ProfileAt(ctx context.Context, issued invoice.Issued) (invoice.Profile, error) {
	if issued == (invoice.Issued{}) {
		return r.Profile(ctx)
	}
	row, err := r.formerProfile(ctx, issued)
	kept, err := one("former billing profile", row, err, formerProfileOf)
	former := kept.Profile
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		return r.Profile(ctx)
	case err == nil && former.Unset():
		return former, fmt.Errorf("reading a former billing profile: %w", mutation.ErrNotFound)
	}
	return former, err
}

// formerProfile returns the former profile that a document shows, whether it is an invoice or a
// credit note.
func (r *reader) formerProfile(ctx context.Context, issued invoice.Issued) (rows.FormerBillingProfile, error) {
	if issued.CreditNote != 0 {
		return r.rows.GetFormerProfileOfCreditNote(ctx, rows.GetFormerProfileOfCreditNoteParams{
			Tenant: string(r.tenant), LastCreditNote: int64(issued.CreditNote),
		})
	}
	return r.rows.GetFormerProfileOfInvoice(ctx, rows.GetFormerProfileOfInvoiceParams{Tenant: string(r.tenant), LastInvoice: issued.Invoice})
}

// formerBillToOf and formerProfileOf convert rows, without ordinals.
func formerBillToOf(row rows.FormerBillTo) (invoice.FormerBillTo, error) {
	f := invoice.FormerBillTo{
		BillTo:      catalogue.BillToID(row.ID),
		Last:        invoice.Issued{Invoice: row.LastInvoice, CreditNote: invoice.CreditNoteID(row.LastCreditNote)},
		DisplayName: row.DisplayName,
	}
	return f, readDocument(row.Address, &f.Address)
}

func formerProfileOf(row rows.FormerBillingProfile) (invoice.FormerProfile, error) {
	f := invoice.FormerProfile{Last: invoice.Issued{Invoice: row.LastInvoice, CreditNote: invoice.CreditNoteID(row.LastCreditNote)}}
	return f, readDocument(row.Profile, &f.Profile)
}

// beforeAll is added to the ordinals of imported rows, so that as versions they sort before those
// of changes made here.
const beforeAll = -1_000_000_000

// FormerBillTosOf reads the former bill-tos that issued documents show.
func (r *reader) FormerBillTosOf(ctx context.Context, ids []catalogue.BillToID) ([]invoice.FormerBillTo, error) {
	found, err := among(r, "former bill-tos", "id", ids,
		func(q *rows.Queries) ([]rows.FormerBillTo, error) { return q.ListFormerBillTos(ctx, string(r.tenant)) },
		func(row rows.FormerBillTo) (rows.FormerBillTo, error) { return row, nil })
	slices.SortFunc(found, func(a, b rows.FormerBillTo) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Version, b.Version))
	})
	formers, err := many("former bill-tos", found, err, formerBillToOf)
	for i := range formers {
		formers[i].Ordinal = 1
		if i > 0 && formers[i-1].BillTo == formers[i].BillTo {
			formers[i].Ordinal = formers[i-1].Ordinal + 1
		}
	}
	return formers, err
}

// FormerProfiles reads the former profiles that issued documents show.
func (r *reader) FormerProfiles(ctx context.Context) ([]invoice.FormerProfile, error) {
	found, err := r.rows.ListFormerProfiles(ctx, string(r.tenant))
	formers, err := many("former billing profiles", found, err, formerProfileOf)
	for i := range formers {
		formers[i].Ordinal, formers[i].Profile.Revision = i+1, mutation.Revision{}
	}
	return formers, err
}

// ImportFormerBillTo inserts a former bill-to for imported documents.
func (w *writer) ImportFormerBillTo(ctx context.Context, f invoice.FormerBillTo) error {
	return w.keepFormer(ctx, f, int64(beforeAll+f.Ordinal))
}

// ImportFormerProfile inserts a former profile for imported documents.
func (w *writer) ImportFormerProfile(ctx context.Context, f invoice.FormerProfile) error {
	return w.keepFormerProfile(ctx, f, int64(beforeAll+f.Ordinal))
}
