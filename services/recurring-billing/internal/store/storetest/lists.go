package storetest

import (
	"context"
	"errors"

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
	type none = invoice.Place
	for name, c := range map[string]struct {
		filter invoice.Filter
		after  invoice.Place
		limit  int
		want   []invoice.Invoice
	}{
		"all that have numbers":   {invoice.Filter{}, none{}, 10, bills},
		"the first":               {invoice.Filter{}, none{}, 2, bills[:2]},
		"those after one":         {invoice.Filter{}, bills[0].Place(), 10, bills[1:]},
		"of a bill-to":            {invoice.Filter{BillTo: 9}, none{}, 10, bills[2:]},
		"of a run":                {invoice.Filter{Run: 2}, none{}, 10, bills[1:]},
		"of a number":             {invoice.Filter{Number: 2}, none{}, 10, bills[1:2]},
		"of a customer":           {invoice.Filter{Customer: 7}, none{}, 10, bills[:2]},
		"void":                    {invoice.Filter{State: invoice.Void}, none{}, 10, nil},
		"issued from a day":       {invoice.Filter{From: may.Start}, none{}, 10, bills[1:]},
		"issued before a day":     {invoice.Filter{Before: may.Start}, none{}, 10, bills[:1]},
		"drafts":                  {invoice.Filter{State: invoice.Draft}, none{}, 10, drafts},
		"drafts after one":        {invoice.Filter{State: invoice.Draft}, drafts[0].Place(), 10, nil},
		"drafts of another run":   {invoice.Filter{State: invoice.Draft, Run: 1}, none{}, 10, nil},
		"finalized, of a bill-to": {invoice.Filter{State: invoice.Finalized, BillTo: 1}, none{}, 10, bills[:2]},
	} {
		t.read(func(ctx context.Context, r Reader) error {
			listed, err := r.Invoices(ctx, c.filter, c.after, c.limit)
			whole, wholeErr := r.WholeInvoices(ctx, c.filter, c.after, c.limit)
			equal(t, name, withoutItems(c.want...), listed)
			equal(t, name+", whole", c.want, whole)
			return errors.Join(err, wholeErr)
		})
	}
	t.other().read(func(ctx context.Context, r Reader) error {
		return same(t, []invoice.Invoice{})(r.Invoices(ctx, invoice.Filter{}, none{}, 10))
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
	sum := func(of invoice.Filter, want ...receivables.Sum) func(context.Context, Reader) error {
		return func(ctx context.Context, r Reader) error { return same(t, want)(r.SumInvoices(ctx, of)) }
	}
	t.read(sum(invoice.Filter{},
		receivables.Sum{Currency: "EUR", Invoices: 1, Invoiced: money.SumOf(large.Total)},
		receivables.Sum{Currency: "USD", Invoices: 2, Invoiced: money.SumOf(3000), Credited: money.SumOf(300)}))
	t.read(sum(invoice.Filter{Run: 2}, receivables.Sum{Currency: "USD", Invoices: 1, Invoiced: money.SumOf(1500), Credited: money.SumOf(300)}))
	t.read(sum(invoice.Filter{State: invoice.Void}))
	t.other().read(sum(invoice.Filter{}))
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
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []run.Run{runs[2], runs[1]})(r.Runs(ctx, 0, 2)),
			same(t, []run.Run{runs[0]})(r.Runs(ctx, 2, 2)),
			same(t, []run.Run{runs[0], runs[2]})(r.EndedRuns(ctx, 0, 5)),
			same(t, []run.Run{runs[0]})(r.EndedRuns(ctx, 0, 1)),
			same(t, []run.Run{runs[2]})(r.EndedRuns(ctx, 1, 5)))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, []run.Run{})(r.Runs(ctx, 0, 5)), same(t, []run.Run{})(r.EndedRuns(ctx, 0, 5)))
	})
}
