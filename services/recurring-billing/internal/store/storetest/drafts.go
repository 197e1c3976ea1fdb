package storetest

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var draftChecks = []check{
	{"drafts are read by run and bill-to, in order", draftsInOrder},
	{"finalizing numbers drafts", finalizesDrafts},
	{"drafts are deleted with what they hold", deletesDrafts},
	{"lines go back to where they were", returnsLines},
	{"a single draft is counted in its batch", countsSettled},
}

func draftsInOrder(t tenant) {
	lines := t.lines(5)
	drafts := t.billed(aDraft(3, lines[4]), in("EUR", aDraft(3, lines[0])), aDraft(3, lines[1]))
	t.billed(aDraft(4, lines[2]))
	t.billed(in("CHF", anInvoice(3, lines[3])))
	sorted := []invoice.Invoice{drafts[1], drafts[2], drafts[0]}
	t.read(func(ctx context.Context, r Reader) error {
		var failed error
		for _, c := range []struct {
			of   run.ID
			in   run.Range
			want []invoice.Invoice
		}{
			{3, run.Everyone, sorted},
			{3, run.Range{After: 0, Upto: 8}, sorted[:2]},
			{3, run.Range{After: 1, Upto: 9}, sorted[2:]},
			{5, run.Everyone, nil},
		} {
			failed = errors.Join(failed,
				same(t, withoutItems(c.want...))(r.Drafts(ctx, c.of, c.in)), same(t, c.want)(r.WholeDrafts(ctx, c.of, c.in)))
		}
		return failed
	})
}

func finalizesDrafts(t tenant) {
	lines := t.lines(3)
	drafts := t.billed(aDraft(1, lines[0]), aDraft(2, lines[1]))
	former, before := withoutItems(drafts...), len(t.feed())
	for _, draft := range drafts {
		if draft.Number != 0 || draft.Version != 1 {
			t.Errorf("draft %s has number %d and version %d", draft.ID, draft.Number, draft.Version)
		}
	}
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.FinalizeDrafts(ctx, drafts), w.FinalizeDrafts(ctx, nil))
	})
	t.read(func(ctx context.Context, r Reader) error {
		var failed error
		for i, draft := range drafts {
			if draft.State != invoice.Finalized || draft.Number != int64(i+1) || draft.Version != 2 {
				t.Errorf("finalized: %+v", draft)
			}
			failed = errors.Join(failed, same(t, draft)(r.Invoice(ctx, draft.ID)))
		}
		return failed
	})
	equal(t, "feed", []string{"UPDATED invoices/1-1-USD", "UPDATED invoices/2-1-USD"}, t.published(before))
	t.stale("finalizing a draft of another version", func(ctx context.Context, w Writer) error { return w.FinalizeDrafts(ctx, former) })
}

func deletesDrafts(t tenant) {
	lines := t.lines(3)
	t.write(func(ctx context.Context, w Writer) error { return w.CreateCredit(ctx, lines[0].ID, aCredit(lines[0])) })
	drafts := t.billed(carrying(aDraft(1, lines[0]), lines[0]), aDraft(2, lines[1]))
	before := len(t.feed())
	discard := func(ctx context.Context, w Writer) error {
		return w.DeleteDrafts(ctx, drafts[:1], []line.ID{lines[0].ID}, []line.ID{lines[0].ID})
	}
	t.write(discard)
	t.read(func(ctx context.Context, r Reader) error {
		missing[invoice.Invoice](t, "a discarded draft")(r.Invoice(ctx, drafts[0].ID))
		periods, err := r.PeriodsOf(ctx, []line.ID{lines[0].ID, lines[1].ID}, may)
		equal(t, "periods", []invoice.BilledPeriod{{Line: lines[1].ID, Span: may, Invoice: drafts[1].ID}}, periods)
		credits, creditErr := r.GivenCredits(ctx, []line.ID{lines[0].ID})
		if len(credits) != 1 || credits[0].Invoice != "" {
			t.Errorf("credits: %+v, want one that no invoice carries", credits)
		}
		return errors.Join(err, creditErr, same(t, drafts[1])(r.Invoice(ctx, drafts[1].ID)))
	})
	equal(t, "feed", []string{"DELETED invoices/1-1-USD"}, t.published(before))
	t.stale("discarding a draft again", discard)
	t.write(func(ctx context.Context, w Writer) error { return w.FinalizeDrafts(ctx, drafts[1:]) })
	t.stale("discarding a finalized invoice", func(ctx context.Context, w Writer) error { return w.DeleteDrafts(ctx, drafts[1:], nil, nil) })
}

func returnsLines(t tenant) {
	lines := t.lines(2)
	t.billed(aDraft(1, lines[0]))
	before := len(t.feed())
	back := func(version int64, last date.Date) func(context.Context, Writer) error {
		return func(ctx context.Context, w Writer) error {
			return w.ReturnLines(ctx, []invoice.ReturnedLine{{Line: lines[0].ID, Version: version, Next: may.Start, Last: last}})
		}
	}
	t.write(back(2, march.Start))
	returned := lines[0]
	returned.LastCycle, returned.Version = march.Start, 3
	t.read(func(ctx context.Context, r Reader) error { return same(t, returned)(r.Line(ctx, returned.ID)) })
	t.stale("moving a line of another version back", back(2, date.Date{}))
	t.write(back(3, date.Date{}))
	returned.LastCycle, returned.Version = date.Date{}, 4
	t.read(func(ctx context.Context, r Reader) error { return same(t, returned)(r.Line(ctx, returned.ID)) })
	equal(t, "feed", nil, t.published(before))
}

func countsSettled(t tenant) {
	of := t.running(run.Run{LeaveDrafts: true}, run.Range{After: 0, Upto: 5}, run.Range{After: 5, Upto: 20})
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(
			w.FinishBatch(ctx, batch(of, 1), run.Count{Invoices: 2, Drafts: invoice.DraftCount{Left: 2}}),
			w.FinishBatch(ctx, batch(of, 2), run.Count{Invoices: 1, Drafts: invoice.DraftCount{Left: 1}}))
	})
	count := func(draft invoice.Invoice, settled invoice.DraftCount) func(context.Context, Writer) error {
		return func(ctx context.Context, w Writer) error { return w.CountSettled(ctx, &draft, settled) }
	}
	t.write(count(invoice.Invoice{Run: of.ID, BillTo: 5}, invoice.DraftCount{Finalized: 1}))
	t.write(count(invoice.Invoice{Run: of.ID, BillTo: 6}, invoice.DraftCount{Discarded: 1}))
	t.refuse("a draft that is in no batch", nil, count(invoice.Invoice{Run: of.ID, BillTo: 21}, invoice.DraftCount{Finalized: 1}))
	t.read(func(ctx context.Context, r Reader) error {
		now, err := r.Run(ctx, of.ID)
		equal(t, "drafts", invoice.DraftCount{Left: 1, Finalized: 1, Discarded: 1}, now.Drafts)
		return err
	})
}
