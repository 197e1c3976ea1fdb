package storetest

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

var heldChecks = []check{
	{"billed periods are read by line, days and invoice", readsPeriods},
	{"what drafts hold is read line by line", readsHeldLines},
	{"released periods can be billed again", releasesPeriods},
	{"an invoice carries a credit once", carriesCredits},
	{"what invoices charge a line is read in order", readsCharged},
}

// billedTwice bills May and August of one line, by runs 1 and 2, and May of another by run 1.
func (t tenant) billedTwice() (lines []line.Line, bills []invoice.Invoice) {
	lines = t.lines(3)
	bills = t.billed(anInvoice(1, lines[0], lines[1]))
	next := anInvoice(2, lines[0])
	next.Items = []billing.InvoiceItem{anItemOf(lines[0], august, 1500)}
	next.Lines[0].Version, next.Lines[0].Parts = 2, []billing.Span{august}
	return lines, append(bills, t.billed(next)...)
}

func readsPeriods(t tenant) {
	lines, bills := t.billedTwice()
	one, two := lines[0].ID, lines[1].ID
	all := []invoice.BilledPeriod{{Line: one, Span: may, Invoice: bills[0].ID}, {Line: one, Span: august, Invoice: bills[1].ID}, {Line: two, Span: may, Invoice: bills[0].ID}}
	both := billing.Span{Start: may.Start, End: august.End}
	lastOfMay := billing.Span{Start: may.End.AddDays(-1), End: may.End}
	t.read(func(ctx context.Context, r Reader) error {
		before := func(day date.Date) date.Date {
			last, err := r.BilledBefore(ctx, one, day)
			if err != nil {
				t.Error(err)
			}
			return last
		}
		equal(t, "last billed", []date.Date{{}, may.Start, may.Start, august.Start},
			[]date.Date{before(may.Start), before(may.End), before(august.Start), before(august.End)})
		return errors.Join(
			same(t, all)(r.PeriodsOf(ctx, []line.ID{two, one}, both)),
			same(t, all[:1])(r.PeriodsOf(ctx, []line.ID{one}, lastOfMay)),
			same(t, all[1:2])(r.PeriodsOf(ctx, []line.ID{one}, august)),
			same(t, all[:0])(r.PeriodsOf(ctx, []line.ID{one}, march)),
			same(t, all[:0])(r.PeriodsOf(ctx, nil, both)),
			same(t, []invoice.BilledPeriod{all[0], all[2]})(r.BilledPeriods(ctx, bills[0].ID, []line.ID{two, one})),
			same(t, all[1:2])(r.BilledPeriods(ctx, bills[1].ID, []line.ID{two, one})),
			same(t, all[:0])(r.BilledPeriods(ctx, bills[0].ID, nil)))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return errors.Join(same(t, all[:0])(r.PeriodsOf(ctx, []line.ID{one}, both)), same(t, date.Date{})(r.BilledBefore(ctx, one, august.End)))
	})
}

func readsHeldLines(t tenant) {
	lines, bills := t.billedTwice()
	held := func(l line.Line, version int64, bill invoice.ID, days billing.Span, next, before date.Date) invoice.HeldLine {
		return invoice.HeldLine{
			Line: l.ID, Invoice: bill, Span: days, Next: next, Version: version, Before: before,
			Started: l.Start, BillDay: l.BillDay, Anchor: l.Anchor, Cycle: l.BillCycle,
		}
	}
	first := held(lines[0], 3, bills[0].ID, may, august.End, date.Date{})
	second := held(lines[0], 3, bills[1].ID, august, august.End, may.Start)
	other := held(lines[1], 2, bills[0].ID, may, may.End, date.Date{})
	both := []line.ID{lines[1].ID, lines[0].ID}
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []invoice.HeldLine{first, other})(r.HeldLines(ctx, []invoice.ID{bills[0].ID}, both)),
			same(t, []invoice.HeldLine{second})(r.HeldLines(ctx, []invoice.ID{bills[1].ID}, both)),
			same(t, []invoice.HeldLine{other})(r.HeldLines(ctx, []invoice.ID{bills[0].ID}, both[:1])),
			same(t, []invoice.HeldLine(nil))(r.HeldLines(ctx, nil, both)))
	})
}

func releasesPeriods(t tenant) {
	lines, bills := t.billedTwice()
	one := []line.ID{lines[0].ID}
	before := len(t.feed())
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.ReleasePeriods(ctx, bills[0].ID, one), w.ReleasePeriods(ctx, bills[0].ID, nil))
	})
	t.read(func(ctx context.Context, r Reader) error {
		return errors.Join(
			same(t, []invoice.BilledPeriod{{Line: one[0], Span: august, Invoice: bills[1].ID}})(r.PeriodsOf(ctx, one, billing.Span{Start: may.Start, End: august.End})),
			same(t, []invoice.BilledPeriod{{Line: lines[1].ID, Span: may, Invoice: bills[0].ID}})(r.PeriodsOf(ctx, []line.ID{lines[1].ID}, may)))
	})
	equal(t, "feed", nil, t.published(before))
	again := anInvoice(3, lines[0])
	again.Lines[0].Version = 3
	t.billed(again)
}

func carriesCredits(t tenant) {
	lines := t.lines(3)
	one := []line.ID{lines[0].ID}
	changed := aCredit(lines[1])
	changed.Amount = dollars("2.00")
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.CreateCredit(ctx, lines[0].ID, aCredit(lines[0])), w.CreateCredit(ctx, lines[1].ID, changed))
	})
	given := invoice.GivenCredit{Line: one[0], Span: march, Amount: 100, Currency: "USD"}
	grant := billing.Grant{
		Line: int32(one[0]), Number: 1, Span: march, BillTo: 1, Currency: "USD", Amount: 100, Item: "RMR-MON", Description: "Alarm",
		CreditReason: billing.CreditReason{Reason: "MOVED"},
	}
	t.standsAs(given, []billing.Grant{grant})
	bill := t.billed(carrying(anInvoice(1, lines[0]), lines[0]))[0]
	given.Invoice = bill.ID
	t.standsAs(given, nil)
	t.read(func(ctx context.Context, r Reader) error {
		carrier, carried, err := r.CreditCarrier(ctx, one[0])
		equal(t, "carrier", line.Bill{Name: string(bill.ID), Number: bill.Number}, carrier)
		_, other, otherErr := r.CreditCarrier(ctx, lines[2].ID)
		if !carried || other {
			t.Errorf("a credit is carried: %v; that of a line without one: %v", carried, other)
		}
		return errors.Join(err, otherErr)
	})
	for what, l := range map[string]line.Line{"carried already": lines[0], "another by now": lines[1], "none": lines[2]} {
		t.stale("billing a credit that is "+what, func(ctx context.Context, w Writer) error {
			return w.BillCredits(ctx, []invoice.Invoice{carrying(anInvoice(2, l), l)})
		})
	}
	t.refuse("deleting a credit that is carried", errMissing, func(ctx context.Context, w Writer) error { return w.DeleteCredits(ctx, one[0]) })
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(w.ReleaseCredits(ctx, "9-9-USD", one), w.ReleaseCredits(ctx, bill.ID, nil))
	})
	t.standsAs(given, nil)
	t.write(func(ctx context.Context, w Writer) error { return w.ReleaseCredits(ctx, bill.ID, one) })
	given.Invoice = ""
	t.standsAs(given, []billing.Grant{grant})
}

// standsAs checks the credit of a line, and the grants that are due.
func (t tenant) standsAs(given invoice.GivenCredit, granted []billing.Grant) {
	t.Helper()
	t.read(func(ctx context.Context, r Reader) error {
		all, err := r.Credits(ctx, run.Everyone, run.Filter{})
		var of []billing.Grant
		for _, grant := range all {
			if line.ID(grant.Line) == given.Line {
				of = append(of, grant)
			}
		}
		equal(t, "granted", granted, of)
		return errors.Join(err, same(t, []invoice.GivenCredit{given})(r.GivenCredits(ctx, []line.ID{given.Line})))
	})
	t.other().read(func(ctx context.Context, r Reader) error {
		return same(t, []invoice.GivenCredit{})(r.GivenCredits(ctx, []line.ID{given.Line}))
	})
}

func readsCharged(t tenant) {
	lines, bills := t.billedTwice()
	t.read(func(ctx context.Context, r Reader) error {
		charged, err := r.Charged(ctx, lines[0].ID, billing.Span{Start: may.Start, End: august.End}, "USD")
		want := make([]billing.Paid, 2)
		for i := range want {
			want[i] = billing.Paid{Charge: bills[i].Items[0].Parts[0], Invoice: string(bills[i].ID), BillTo: int32(bills[i].BillTo)}
		}
		equal(t, "charges", want, charged.Charges)
		equal(t, "bills", []line.Bill{{Name: string(bills[0].ID), Number: 1}, {Name: string(bills[1].ID), Number: 2}}, charged.Bills)
		other, otherErr := r.Charged(ctx, lines[0].ID, may, "EUR")
		equal(t, "charges in another currency", nil, other.Charges)
		return errors.Join(err, otherErr)
	})
}
