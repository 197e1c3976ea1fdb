package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var importChecks = []check{
	{"resources are read many at once", readsMany},
	{"lines are imported many at once", importsLines},
	{"a run is imported as it was", importsRuns},
	{"invoices are imported with what they hold", importsInvoices},
	{"a void invoice whose periods were released holds nothing", importsReleased},
	{"former values in documents are imported", importsFormer},
}

func readsMany(t tenant) {
	lines := t.lines(2)
	ids := []line.ID{lines[1].ID, 4711, lines[0].ID}
	found := func(r Writer, want ...int32) error {
		ctx := t.Context()
		items, itemErr := r.ItemsOf(ctx, []catalogue.ItemCode{"NONE", "RMR-MON"})
		billTos, billToErr := r.BillTosOf(ctx, []catalogue.BillToID{4711, 9})
		masters, masterErr := r.MasterAccountsOf(ctx, []catalogue.MasterAccountCode{"NONE", "MASTER-1"})
		paying, payingErr := r.BillTosOfMasters(ctx, []catalogue.BillToID{9, 1})
		of, ofErr := r.LinesOf(ctx, ids)
		known, knownErr := r.KnownLines(ctx, ids)
		got := []int32{int32(len(items)), int32(len(billTos)), int32(len(masters)), int32(len(paying)), int32(len(of)), int32(len(known))}
		equal(t, "items, bill-tos, master accounts, those that they pay for, lines, numbers", want, got)
		slices.Sort(known)
		if len(known) > 0 {
			equal(t, "known lines", []line.ID{lines[0].ID, lines[1].ID}, known)
			equal(t, "paying", []catalogue.BillToID{1}, paying)
			equal(t, "bill-to", "Bob", billTos[0].DisplayName)
			equal(t, "item", "RMR-MON", items[0].Code)
		}
		return errors.Join(itemErr, billToErr, masterErr, payingErr, ofErr, knownErr)
	}
	t.write(func(_ context.Context, w Writer) error { return found(w, 1, 1, 1, 1, 2, 2) })
	t.other().write(func(_ context.Context, w Writer) error { return found(w, 0, 0, 0, 0, 0, 0) })
}

func importsLines(t tenant) {
	t.lines(1)
	imported := []line.Line{aLine(), plainLine()}
	imported[0].ID, imported[1].ID = 7, 5
	before := len(t.feed())
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateLines(ctx, imported), w.CreateLines(ctx, nil))
	})
	next := plainLine()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateLine(ctx, &next) })
	if next.ID != 8 || imported[0].Revision != first {
		t.Errorf("the next line is %d, the imported one at %+v", next.ID, imported[0].Revision)
	}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, imported[0])(r.Line(ctx, 7)), same(t, imported[1])(r.Line(ctx, 5)))
	})
	equal(t, "feed", []string{"CREATED recurringLines/7", "CREATED recurringLines/5"}, t.published(before)[:2])
	t.refuse("a number that is in use", errTaken, func(ctx context.Context, w Writer) error {
		again := []line.Line{plainLine(), plainLine()}
		again[0].ID, again[1].ID = 20, 7
		return w.CreateLines(ctx, again)
	})
}

func importsRuns(t tenant) {
	imported := run.Run{
		ID: 12, AsOf: may.Start, Filter: run.Filter{BillTos: []catalogue.BillToID{1}}, LeaveDrafts: true, State: run.Failed,
		Scheduled: may.Start, Batches: 3, Done: 2, ProblemCount: 1, Problems: []run.Problem{{BillTo: 1, Currency: "USD", Message: "no rate"}},
		Count: run.Count{Invoices: 4, Periods: 5, Totals: money.Totals{"USD": money.SumOf(6)}, Drafts: invoice.DraftCount{Finalized: 2, Discarded: 1}},
		Ended: kept.Add(-time.Hour),
		Jobs: []run.Job{{
			Number: 1, Kind: run.DiscardJob, State: run.Failed, Actor: "Ann", Batches: 1, ProblemCount: 1,
			Problems: []run.Problem{{Range: halves[0], Message: "given up"}}, Created: kept.Add(-time.Hour), Ended: kept,
		}},
	}
	imported.Created, imported.Updated = kept.Add(-2*time.Hour), kept.Add(-time.Hour)
	again := imported
	t.write(func(ctx context.Context, w Writer) error { return w.ImportRun(ctx, &imported) })
	if imported.Actor != t.by.Actor || imported.Version != 1 {
		t.Errorf("imported by %q at version %d", imported.Actor, imported.Version)
	}
	next := aRun()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateRun(ctx, &next) })
	equal(t, "the next run", 13, next.ID)
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, imported)(r.Run(ctx, 12)), same(t, []run.Run{imported})(r.EndedRuns(ctx, 0, 10)))
	})
	equal(t, "feed", []string{"CREATED cycleRuns/12", "CREATED cycleRuns/13"}, t.published(0))
	t.refuse("a run that is there", errTaken, func(ctx context.Context, w Writer) error { return w.ImportRun(ctx, &again) })
}

func importsInvoices(t tenant) {
	lines := t.lines(4)
	t.write(func(ctx context.Context, w Writer) error { return w.CreateCredit(ctx, lines[0].ID, aCredit(lines[0])) })
	one, two, void := carrying(anInvoice(11, lines[0]), lines[0]), carrying(anInvoice(12, lines[1]), lines[1]), anInvoice(10, lines[2])
	one.Number, two.Number, void.Number = 7, 5, 6
	one.Credited, void.State = 300, invoice.Void
	void.Voiding = invoice.Voiding{Reason: "typo", At: kept, Day: may.Start}
	imported := invoices(one, two, void)
	again := slices.Clone(imported)
	for i := range imported {
		for n := range imported[i].Items {
			imported[i].Items[n].Grant = 0
		}
	}
	before := len(t.feed())
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.ImportInvoices(ctx, imported), w.ImportInvoices(ctx, nil))
	})
	t.read(func(ctx context.Context, r Reader) error {
		var failed error
		for i := range imported {
			imported[i].Lines = nil
			failed = errors.Join(failed, same(t, imported[i])(r.Invoice(ctx, imported[i].ID)))
		}
		periods, err := r.PeriodsOf(ctx, []line.ID{1, 2, 3}, may)
		equal(t, "periods", []invoice.BilledPeriod{{Line: 1, Span: may, Invoice: one.ID}, {Line: 2, Span: may, Invoice: two.ID}, {Line: 3, Span: may, Invoice: void.ID}}, periods)
		credits, creditErr := r.GivenCredits(ctx, []line.ID{1, 2, 3})
		equal(t, "credits", []invoice.GivenCredit{
			{Line: 1, Span: march, Amount: 100, Currency: "USD", Invoice: one.ID}, {Line: 2, Span: march, Amount: 100, Currency: "USD", Invoice: two.ID},
		}, credits)
		return errors.Join(failed, err, creditErr)
	})
	equal(t, "feed", []string{"CREATED invoices/11-1-USD", "CREATED invoices/12-1-USD", "CREATED invoices/10-1-USD"}, t.published(before))
	next, of := t.billed(anInvoice(13, lines[3]))[0], aRun()
	t.write(func(ctx context.Context, w Writer) error { return w.CreateRun(ctx, &of) })
	if next.Number != 8 || of.ID != 13 {
		t.Errorf("the next invoice is %d, the next run %d", next.Number, of.ID)
	}
	for i := range again {
		t.refuse("an invoice that is there", errTaken, func(ctx context.Context, w Writer) error { return w.ImportInvoices(ctx, again[i:i+1]) })
	}
}

func importsReleased(t tenant) {
	lines := t.lines(2)
	void := carrying(anInvoice(1, lines[0]), lines[0])
	void.Number, void.State = 1, invoice.Void
	void.Voiding = invoice.Voiding{Reason: "typo", At: kept, Day: may.Start, Released: true}
	t.write(func(ctx context.Context, w Writer) error { return w.ImportInvoices(ctx, invoices(void)) })
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []invoice.BilledPeriod{})(r.PeriodsOf(ctx, []line.ID{1}, may)),
			same(t, []invoice.GivenCredit{})(r.GivenCredits(ctx, []line.ID{1})))
	})
}

func importsFormer(t tenant) {
	t.lines(2)
	billTos := []invoice.FormerBillTo{
		{BillTo: 9, Ordinal: 1, Last: invoice.Issued{Invoice: 3}, DisplayName: "Bobby", Address: catalogue.Address{City: "Łódź"}},
		{BillTo: 1, Ordinal: 1, Last: invoice.Issued{Invoice: 2, CreditNote: 1}, DisplayName: "A"},
		{BillTo: 1, Ordinal: 2, Last: invoice.Issued{Invoice: 4, CreditNote: 1}, DisplayName: "B"},
	}
	profiles := []invoice.FormerProfile{{Ordinal: 1, Last: invoice.Issued{Invoice: 2}}, {Ordinal: 2, Last: invoice.Issued{Invoice: 4}, Profile: aProfile("Former")}}
	keep := func(ctx context.Context, w Writer) (failed error) {
		for _, former := range billTos {
			failed = errors.Join(failed, w.ImportFormerBillTo(ctx, former))
		}
		for _, former := range profiles {
			failed = errors.Join(failed, w.ImportFormerProfile(ctx, former))
		}
		return failed
	}
	t.write(keep)
	t.read(func(ctx context.Context, r Reader) error {
		second, err := r.BillToAt(ctx, 1, invoice.Issued{Invoice: 3})
		equal(t, "the bill-to of invoice 3", "B", second.DisplayName)
		_, none := r.ProfileAt(ctx, invoice.Issued{Invoice: 2})
		if !errors.Is(none, errMissing) {
			t.Errorf("the profile of invoice 2: %v, want ErrNotFound", none)
		}
		return errors.Join(err,
			same(t, []invoice.FormerBillTo{billTos[1], billTos[2], billTos[0]})(r.FormerBillTosOf(ctx, []catalogue.BillToID{9, 1})),
			same(t, profiles)(r.FormerProfiles(ctx)), same(t, profiles[1].Profile)(r.ProfileAt(ctx, invoice.Issued{Invoice: 3})))
	})
	t.refuse("a former bill-to that is there", errTaken, func(ctx context.Context, w Writer) error { return w.ImportFormerBillTo(ctx, billTos[0]) })
	t.refuse("a former profile that is there", errTaken, func(ctx context.Context, w Writer) error { return w.ImportFormerProfile(ctx, profiles[0]) })
	t.other().read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, []invoice.FormerBillTo{})(r.FormerBillTosOf(ctx, []catalogue.BillToID{9, 1})), same(t, []invoice.FormerProfile{})(r.FormerProfiles(ctx)))
	})
}
