package storetest

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var invoiceChecks = []check{
	{"an invoice is kept with its items", keepsInvoices},
	{"the numbers of invoices have no gaps", numbersInvoices},
	{"billing moves lines on", movesLinesOn},
	{"a line is billed once for a day that a period begins", billsOnce},
	{"an update replaces what can change of an invoice", updatesInvoices},
	{"the invoices of a run that can be voided are in the order of their numbers", voidable},
	{"invoices are listed by what they are, page by page", listsInvoices},
	{"invoices are summed by currency", sumsInvoices},
	{"credit notes are numbered and listed", creditNotes},
}

func keepsInvoices(t tenant) {
	lines := t.lines(3)
	before := len(t.feed())
	kept := t.billed(anInvoice(1, lines[:2]...))[0]
	if kept.Number != 1 || kept.Revision != first {
		t.Errorf("created invoice %d at %+v", kept.Number, kept.Revision)
	}
	t.read(func(ctx context.Context, r Reader) error {
		missing[invoice.Invoice](t, "an unknown invoice")(r.Invoice(ctx, "9-9-USD"))
		return errors.Join(
			same(t, kept)(r.Invoice(ctx, kept.ID)),
			same(t, []invoice.Invoice{kept})(r.InvoicesOf(ctx, []invoice.ID{"9-9-USD", kept.ID})),
			same(t, []invoice.Invoice{})(r.InvoicesOf(ctx, nil)))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		missing[invoice.Invoice](t, "another tenant's invoice")(r.Invoice(ctx, kept.ID))
		return same(t, []invoice.Invoice{})(r.InvoicesOf(ctx, []invoice.ID{kept.ID}))
	})
	equal(t, "feed", []string{"CREATED invoices/1-1-USD"}, t.published(before))
}

func numbersInvoices(t tenant) {
	lines := t.lines(5)
	one := t.billed(anInvoice(1, lines[0]))
	refused := errors.New("refused")
	t.refuse("a batch that fails", refused, func(ctx context.Context, w Writer) error {
		return errors.Join(bill(ctx, w, []invoice.Invoice{anInvoice(2, lines[1])}), refused)
	})
	drafts := t.billed(aDraft(3, lines[1]))
	two := t.billed(anInvoice(4, lines[2]), anInvoice(5, lines[3]))
	t.write(func(ctx context.Context, w Writer) error { return w.FinalizeDrafts(ctx, drafts) })
	got := []int64{one[0].Number, two[0].Number, two[1].Number, drafts[0].Number}
	equal(t, "numbers", []int64{1, 2, 3, 4}, got)
	other := t.other()
	if theirs := other.billed(anInvoice(1, other.lines(2)[0])); theirs[0].Number != 1 {
		t.Errorf("another tenant's first invoice is %d", theirs[0].Number)
	}
}

func movesLinesOn(t tenant) {
	lines := t.lines(2)
	before := len(t.feed())
	t.billed(anInvoice(1, lines[0]))
	moved := lines[0]
	moved.NextCycle, moved.LastCycle, moved.Version = may.End, may.Start, 2
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, moved)(r.Line(ctx, moved.ID)), same(t, lines[1])(r.Line(ctx, lines[1].ID)))
	})
	t.stale("billing a line that has changed", func(ctx context.Context, w Writer) error {
		return billLines(ctx, w, anInvoice(2, lines[0]))
	})
	equal(t, "feed", []string{"CREATED invoices/1-1-USD"}, t.published(before))
}

func billsOnce(t tenant) {
	lines := t.lines(3)
	t.billed(anInvoice(1, lines[0]))
	again := anInvoice(2, lines[1], lines[0])
	again.Lines[1].Version = 2
	t.refuse("billing a period again", nil, func(ctx context.Context, w Writer) error {
		return billLines(ctx, w, again)
	})
	already := func(want ...line.ID) func(context.Context, Reader) error {
		return func(ctx context.Context, r Reader) error {
			return same(t, want)(r.BilledAlready(ctx, []invoice.Invoice{again}))
		}
	}
	t.read(already(lines[0].ID))
	t.other().read(already())
	t.read(func(ctx context.Context, r Reader) error { return same(t, []line.ID(nil))(r.BilledAlready(ctx, nil)) })
}

func updatesInvoices(t tenant) {
	changed := t.billed(anInvoice(1, t.lines(2)[0]))[0]
	before, former := len(t.feed()), changed
	changed.State, changed.Credited = invoice.Void, 300
	changed.Voiding = invoice.Voiding{Reason: "typo", At: kept, Day: may.Start, Released: true}
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateInvoice(ctx, &changed) })
	if changed.Version != 2 {
		t.Errorf("version %d, want 2", changed.Version)
	}
	t.read(func(ctx context.Context, r Reader) error { return same(t, changed)(r.Invoice(ctx, changed.ID)) })
	t.stale("an update of another version", func(ctx context.Context, w Writer) error { return w.UpdateInvoice(ctx, &former) })
	other := former
	t.other().stale("an update of another tenant's invoice", func(ctx context.Context, w Writer) error { return w.UpdateInvoice(ctx, &other) })
	equal(t, "feed", []string{"UPDATED invoices/1-1-USD"}, t.published(before))
}

func voidable(t tenant) {
	lines := t.lines(5)
	const of = 7
	bills := t.billed(anInvoice(of, lines[0]), in("EUR", anInvoice(of, lines[1])), in("GBP", anInvoice(of, lines[2])), anInvoice(of, lines[4]))
	t.billed(in("CHF", aDraft(of, lines[3])))
	t.write(func(ctx context.Context, w Writer) error {
		for i := range bills[1:3] {
			voided := &bills[1+i]
			voided.State, voided.Voiding = invoice.Void, invoice.Voiding{Reason: "typo", At: kept, Day: may.Start, Released: i > 0}
			if err := w.UpdateInvoice(ctx, voided); err != nil {
				return err
			}
		}
		return nil
	})
	t.read(func(ctx context.Context, r Reader) error {
		var failed error
		for _, c := range []struct {
			of      run.ID
			in      run.Range
			release bool
			want    []invoice.Invoice
		}{
			{of, run.Everyone, false, []invoice.Invoice{bills[0], bills[3]}},
			{of, run.Everyone, true, []invoice.Invoice{bills[0], bills[1], bills[3]}},
			{of, run.Range{After: 1, Upto: 9}, true, []invoice.Invoice{bills[3]}},
			{of, run.Range{After: 0, Upto: 8}, false, []invoice.Invoice{bills[0]}},
			{of + 1, run.Everyone, true, nil},
		} {
			failed = errors.Join(failed, same(t, c.want)(r.Voidable(ctx, c.of, c.in, c.release)))
		}
		return failed
	})
}

func creditNotes(t tenant) {
	bill := t.billed(anInvoice(1, t.lines(2)[0]))[0]
	before := len(t.feed())
	note := invoice.CreditNote{
		Invoice: bill.ID, InvoiceNumber: bill.Number, BillTo: 1, Customer: 7, Currency: "USD", IssueDate: may.End, Total: 200,
		Reason: "\"late\"", Items: []invoice.CreditNoteItem{{Position: 1, Description: "Alarm 🔔", Amount: 200}},
	}
	whole, numbered := note, note
	whole.Items, numbered.ID = nil, 7
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateCreditNote(ctx, &note), w.CreateCreditNote(ctx, &whole), w.CreateCreditNote(ctx, &numbered))
	})
	wantIDs(t, []invoice.CreditNote{note, whole, numbered}, func(n invoice.CreditNote) int32 { return int32(n.ID) }, 1, 2, 7)
	t.refuse("a number that is taken", errTaken, func(ctx context.Context, w Writer) error {
		again := numbered
		return w.CreateCreditNote(ctx, &again)
	})
	t.refuse("a note on nothing", nil, func(ctx context.Context, w Writer) error {
		astray := note
		astray.ID, astray.Invoice = 0, "9-9-USD"
		return w.CreateCreditNote(ctx, &astray)
	})
	t.read(func(ctx context.Context, r Reader) error {
		missing[invoice.CreditNote](t, "an unknown credit note")(r.CreditNote(ctx, 3))
		return errors.Join(
			same(t, note)(r.CreditNote(ctx, 1)), same(t, whole)(r.CreditNote(ctx, 2)), listsCreditNotes(ctx, t, r, note, whole, numbered))
	})
	t.other().read(func(ctx context.Context, r Reader) error { return listsCreditNotes(ctx, t, r) })
	equal(t, "feed", []string{"CREATED creditNotes/1", "CREATED creditNotes/2", "CREATED creditNotes/7"}, t.published(before))
}
