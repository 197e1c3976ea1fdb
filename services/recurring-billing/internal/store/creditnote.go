package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

var (
	creditNoteKind = kind{"credit_note", "creditNotes"}
)

const noteColumns = `id, invoice_id, invoice_number, bill_to_id, customer_id, issue_date, currency, total, reason, items,
	version, created, updated`

func scanCreditNote(r database.Row) (n invoice.CreditNote, err error) {
	err = r.Scan(&n.ID, &n.Invoice, &n.InvoiceNumber, &n.BillTo, &n.Customer, &n.IssueDate, &n.Currency, &n.Total, &n.Reason,
		jsonColumn{&n.Items}, &n.Version, instant{&n.Created}, instant{&n.Updated})
	return n, err
}

// CreditNote reads a credit note.
func (r *reader) CreditNote(ctx context.Context, id invoice.CreditNoteID) (invoice.CreditNote, error) {
	return one(ctx, r.tx, "credit note", scanCreditNote,
		`SELECT `+noteColumns+` FROM credit_notes WHERE tenant = $1 AND id = $2`, string(r.tenant), int64(id))
}

// CreditNotes lists credit notes.
func (r *reader) CreditNotes(ctx context.Context, query listing.Query) ([]invoice.CreditNote, error) {
	return database.Select(ctx, r.tx.List(query, creditNoteFields), "credit note", scanCreditNote,
		`SELECT `+noteColumns+` FROM credit_notes WHERE tenant = $1`, string(r.tenant))
}

// CreateCreditNote inserts a credit note under the next number.
func (w *writer) CreateCreditNote(ctx context.Context, n *invoice.CreditNote) error {
	if err := number(ctx, w, creditNoteKind, &n.ID); err != nil {
		return err
	}
	n.Revision = w.created()
	items, err := documentOf(n.Items)
	if err != nil {
		return err
	}
	return w.insert(ctx, creditNoteKind, n.ID, n,
		`INSERT INTO credit_notes (tenant, `+noteColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		string(w.tenant), int64(n.ID), string(n.Invoice), n.InvoiceNumber, int64(n.BillTo), int64(n.Customer), n.IssueDate,
		string(n.Currency), n.Total, n.Reason, items, n.Version, n.Created.UnixMicro(), n.Updated.UnixMicro())
}

// Profile reads the tenant's billing profile.
func (r *reader) Profile(ctx context.Context) (invoice.Profile, error) {
	return one(ctx, r.tx, "billing profile", func(row database.Row) (p invoice.Profile, err error) {
		var revision mutation.Revision
		err = row.Scan(jsonColumn{&p}, &revision.Version, instant{&revision.Created}, instant{&revision.Updated})
		p.Revision = revision
		return p, err
	}, `SELECT profile, version, created, updated FROM billing_profiles WHERE tenant = $1`, string(r.tenant))
}

// PutProfile replaces the tenant's billing profile, and keeps what documents say of the former one.
func (w *writer) PutProfile(ctx context.Context, p *invoice.Profile) error {
	if err := w.keepProfile(ctx, p); err != nil {
		return err
	}
	change := feed.Updated
	if p.Version == 0 {
		p.Created, change = w.at, feed.Created
	}
	p.Version, p.Updated = p.Version+1, w.at
	state, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("writing the billing profile: %w", err)
	}
	_, err = w.tx.ExecContext(ctx,
		`INSERT INTO billing_profiles (tenant, profile, version, created, updated) VALUES ($1, $2, $3, $4, $5)
		 ON CONFLICT (tenant) DO UPDATE SET profile = excluded.profile, version = excluded.version, updated = excluded.updated`,
		string(w.tenant), string(state), p.Version, p.Created.UnixMicro(), p.Updated.UnixMicro())
	if err != nil {
		return fmt.Errorf("writing the billing profile: %w", err)
	}
	return w.Record(ctx, change, p)
}
