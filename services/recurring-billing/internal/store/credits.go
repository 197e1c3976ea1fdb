package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store/internal/rows"
)

// CreateCredit inserts the credit of a line.
func (w *writer) CreateCredit(ctx context.Context, c line.Credit) error {
	err := w.rows.CreateCredit(ctx, rows.CreateCreditParams{
		Tenant:   string(w.tenant),
		ID:       id.New(),
		LineID:   int64(c.Line),
		BillToID: int64(c.BillTo),
		FromDate: c.From.String(),
		ToDate:   c.To.String(),
		Amount:   c.Amount.Value.String(),
		Currency: string(c.Amount.Currency),
		Reason:   string(c.Reason),
	})
	if err != nil {
		return fmt.Errorf("creating the credit of recurring line %d: %w", c.Line, err)
	}
	return nil
}

// DeleteCredit deletes the credit of a line, unless an invoice carries it.
func (w *writer) DeleteCredit(ctx context.Context, l line.ID) error {
	deleted, err := w.rows.DeleteCredit(ctx, rows.DeleteCreditParams{Tenant: string(w.tenant), LineID: int64(l)})
	if err := store.ChangedRows(deleted, err, mutation.ErrNotFound); err != nil {
		return fmt.Errorf("deleting the credit of recurring line %d: %w", l, err)
	}
	return nil
}

// Credits that no invoice carries: of lines receivable to no master account, and of lines
// receivable to one. The former use the index line_credits_due. The latter are looked up line by
// line for the master accounts of the range. Each such line is visited by one batch of a run,
// however many credits wait, and by none if no credit does.
const (
	grantedToOwn = ` FROM line_credits k JOIN recurring_lines l ON l.tenant = k.tenant AND l.id = k.line_id
		WHERE l.master_account_code IS NULL`
	grantedToMasters = ` FROM master_accounts m CROSS JOIN recurring_lines l CROSS JOIN line_credits k
		WHERE l.tenant = m.tenant AND l.master_account_code = m.code AND k.tenant = l.tenant AND k.line_id = l.id
		AND (SELECT 1 FROM line_credits w WHERE w.tenant = $1 AND w.invoice_id IS NULL LIMIT 1) IS NOT NULL AND m.tenant = $1`
)

// Credits reads the credits that no invoice carries, for the lines of a filter.
func (r *reader) Credits(ctx context.Context, in run.Range, filter run.Filter) (all []billing.Grant, err error) {
	scan := func(row database.Row) (c billing.Grant, err error) {
		var amount string
		if err = row.Scan(&c.Line, &c.BillTo, &c.Currency, &amount, &c.Span.Start, &c.Span.End, &c.Item, &c.Description); err != nil {
			return c, err
		}
		c.Amount, err = minorUnits(amount, c.Currency)
		return c, err
	}
	for _, source := range []struct{ payer, from string }{{"k.bill_to_id", grantedToOwn}, {"m.bill_to_id", grantedToMasters}} {
		b := bound{tx: r.tx}
		query := `SELECT k.line_id, ` + source.payer + `, k.currency, k.amount, k.from_date, k.to_date, l.item_code, l.description` +
			source.from + ` AND k.tenant = ` + b.value(string(r.tenant)) + ` AND k.invoice_id IS NULL AND ` + source.payer + ` > ` +
			b.value(int64(in.After)) + ` AND ` + source.payer + ` <= ` + b.value(int64(in.Upto)) + b.chosen(filter, source.payer)
		if b.err != nil {
			return nil, b.err
		}
		credits, err := database.Select(ctx, r.tx, "credit", scan, query, b.values...)
		if err != nil {
			return nil, err
		}
		all = append(all, credits...)
	}
	return all, nil
}

// creditKeys and creditSet are the columns that a run matches and changes of a credit.
var (
	creditKeys = []database.Column{
		{Name: "tenant", Type: "TEXT"}, {Name: "line_id", Type: "BIGINT"}, {Name: "from_date", Type: "TEXT"}, {Name: "amount", Type: "TEXT"},
	}
	creditSet = []database.Column{{Name: "invoice_id", Type: "TEXT"}}
)

// BillCredits records the invoices that carry credits. A credit that was withdrawn meanwhile does
// not match, even if it was granted again with another amount.
func (w *writer) BillCredits(ctx context.Context, invoices []invoice.Invoice) error {
	var lines []line.ID
	var billed [][]any
	for i := range invoices {
		for _, item := range invoices[i].Items {
			if !item.Credit {
				continue
			}
			l := item.Parts[0].Line
			amount, err := invoices[i].Amount(-item.Amount)
			if err != nil {
				return fmt.Errorf("billing the credit of recurring line %d: %w", l, err)
			}
			lines = append(lines, line.ID(l))
			billed = append(billed, []any{string(w.tenant), int64(l), item.Period.Start.String(), amount.Value.String(), string(invoices[i].ID)})
		}
	}
	if len(billed) == 0 {
		return nil
	}
	pending, err := w.holdCredits(ctx, lines)
	if err != nil {
		return err
	}
	updated, err := w.tx.UpdateAll(ctx, "line_credits", creditKeys, creditSet, billed)
	if err == nil && (pending != len(billed) || updated != int64(len(billed))) {
		err = mutation.ErrStale
	}
	if err != nil {
		return fmt.Errorf("billing %d credits: %w", len(billed), err)
	}
	return nil
}

// holdCredits counts the credits of lines that no invoice carries, and locks them until the
// transaction ends. All transactions lock them in the same order, to avoid deadlocks.
func (w *writer) holdCredits(ctx context.Context, lines []line.ID) (int, error) {
	b := bound{tx: w.tx}
	query := `SELECT line_id FROM line_credits WHERE ` + b.ofLines(string(w.tenant), lines) + ` AND invoice_id IS NULL ORDER BY line_id`
	if w.tx.Engine == database.PostgreSQL {
		query += ` FOR UPDATE`
	}
	if b.err != nil {
		return 0, b.err
	}
	held, err := database.Select(ctx, w.tx, "credit", func(row database.Row) (l line.ID, err error) { return l, row.Scan(&l) }, query, b.values...)
	return len(held), err
}
