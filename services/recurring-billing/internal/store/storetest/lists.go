package storetest

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var errTaken, errMissing = mutation.ErrTaken, mutation.ErrNotFound

func listsInvoices(t tenant) {
	lines := t.lines(4)
	early := anInvoice(1, lines[0])
	early.IssueDate = march.Start
	bills := t.billed(early, anInvoice(2, lines[1]), anInvoice(2, lines[3]))
	drafts := t.billed(in("EUR", aDraft(2, lines[2])))
	day := func(op listing.Op, day date.Date) listing.Condition {
		return listing.Compare{Field: "issue_date", Op: op, Value: day.String()}
	}
	is := listing.Is
	numbered, draft := is(invoice.FieldState, invoice.Finalized), is(invoice.FieldState, invoice.Draft)
	for name, c := range map[string]struct {
		where listing.Condition
		after int64
		limit int
		want  []invoice.Invoice
	}{
		"that have a number":     {nil, 0, 10, bills},
		"finalized":              {numbered, 0, 10, bills},
		"the first":              {numbered, 0, 2, bills[:2]},
		"those after one":        {numbered, 1, 10, bills[1:]},
		"of a bill-to":           {is(invoice.FieldBillTo, 9), 0, 10, bills[2:]},
		"of a run":               {is(invoice.FieldRun, 2), 0, 10, bills[1:]},
		"of a number":            {is(invoice.FieldNumber, 2), 0, 10, bills[1:2]},
		"of a customer":          {is(invoice.FieldCustomer, 7), 0, 10, bills[:2]},
		"void":                   {is(invoice.FieldState, invoice.Void), 0, 10, nil},
		"issued from a day":      {listing.All(numbered, day(listing.GreaterEqual, may.Start)), 0, 10, bills[1:]},
		"issued before a day":    {day(listing.Less, may.Start), 0, 10, bills[:1]},
		"of a run and a bill-to": {listing.All(is(invoice.FieldRun, 2), is(invoice.FieldBillTo, 1), numbered), 0, 10, bills[1:2]},
	} {
		query := listing.Numbered(invoice.FieldNumber, c.after, c.limit)
		query.Where = c.where
		if _, one := listing.Fixed(c.where, invoice.FieldNumber); one {
			query.After = nil
		}
		t.lists(name, query, c.want...)
	}
	byRun := listing.Query{Where: draft, Order: []listing.Order{{Field: invoice.FieldRun}, {Field: invoice.FieldBillTo}, {Field: invoice.FieldCurrency}}, Limit: 10}
	t.lists("drafts", byRun, drafts...)
	byRun.After = listing.Cursor{int64(2), int64(1), "EUR"}
	t.lists("drafts after one", byRun)
	t.other().lists("another tenant's", listing.Numbered(invoice.FieldNumber, int64(0), 10))
}

// lists checks a list of invoices, with and without their items.
func (t tenant) lists(what string, query listing.Query, want ...invoice.Invoice) {
	t.Helper()
	t.read(func(ctx context.Context, r Reader) error {
		listed, err := r.Invoices(ctx, query)
		whole, wholeErr := r.WholeInvoices(ctx, query)
		equal(t, what, withoutItems(want...), listed)
		equal(t, what+", whole", want, whole)
		return errors.Join(err, wholeErr)
	})
}

func sumsInvoices(t tenant) {
	lines := t.lines(4)
	large, credited := in("EUR", anInvoice(1, lines[1])), anInvoice(2, lines[2])
	large.Total = -999_999_999_999_999_999
	bills := t.billed(anInvoice(1, lines[0]), large, credited)
	credited = bills[2]
	credited.Credited = 300
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateInvoice(ctx, &credited) })
	sum := func(where listing.Condition, want ...receivables.Sum) func(context.Context, Reader) error {
		return func(ctx context.Context, r Reader) error { return same(t, want)(r.SumInvoices(ctx, where)) }
	}
	t.read(sum(nil,
		receivables.Sum{Currency: "EUR", Invoices: 1, Invoiced: money.SumOf(large.Total)},
		receivables.Sum{Currency: "USD", Invoices: 2, Invoiced: money.SumOf(3000), Credited: money.SumOf(300)}))
	t.read(sum(listing.Is(invoice.FieldRun, 2), receivables.Sum{Currency: "USD", Invoices: 1, Invoiced: money.SumOf(1500), Credited: money.SumOf(300)}))
	t.read(sum(listing.Is(invoice.FieldState, invoice.Void)))
	t.other().read(sum(nil))
}

// listsCreditNotes checks the list of all credit notes, page by page.
func listsCreditNotes(ctx context.Context, t tenant, r Reader, want ...invoice.CreditNote) error {
	var all []invoice.CreditNote
	for query := listing.Numbered("name", int64(0), 2); ; {
		page, err := r.CreditNotes(ctx, query)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < 2 {
			break
		}
		query.After = listing.Cursor{int64(page[1].ID)}
	}
	equal(t, "credit notes", want, all)
	return nil
}

func listsRuns(t tenant) {
	runs := make([]run.Run, 3)
	t.write(func(ctx context.Context, w Writer) (err error) {
		for i := range runs {
			runs[i] = aRun()
			err = errors.Join(err, w.CreateRun(ctx, &runs[i]))
		}
		runs[0].State, runs[0].Ended = run.Failed, kept
		runs[2].State, runs[2].Ended = run.Cancelled, kept
		return errors.Join(err, w.UpdateRun(ctx, &runs[0]), w.UpdateRun(ctx, &runs[2]))
	})
	latest := listing.Query{Order: []listing.Order{{Field: "name", Descending: true}}, Limit: 2}
	next := latest
	next.After = listing.Cursor{int64(2)}
	pending := latest
	pending.Where = listing.Is("state", run.Pending)
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []run.Run{runs[2], runs[1]})(r.Runs(ctx, latest)),
			same(t, []run.Run{runs[0]})(r.Runs(ctx, next)),
			same(t, []run.Run{runs[1]})(r.Runs(ctx, pending)),
			same(t, []run.Run{runs[0], runs[2]})(r.EndedRuns(ctx, 0, 5)),
			same(t, []run.Run{runs[0]})(r.EndedRuns(ctx, 0, 1)),
			same(t, []run.Run{runs[2]})(r.EndedRuns(ctx, 1, 5)))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, []run.Run{})(r.Runs(ctx, latest)), same(t, []run.Run{})(r.EndedRuns(ctx, 0, 5)))
	})
}
