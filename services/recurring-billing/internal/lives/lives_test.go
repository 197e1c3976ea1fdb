// Package lives lives random lives of the lines of a customer, on a store in memory and on both
// databases, and compares every day, rate, credit, invoice, refusal and explanation with a reference
// that shares no code with the engine.
package lives_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// life is a random life of the lines of a customer, billed by the engine and by the reference.
type life struct {
	*rapid.T
	*world
	settings
	refs []*reference
	// prorations are the choices of the tenant, which all lines follow.
	prorations *referenceProrations
	asOf       date.Date
	// invoices holds what the reference expects of each invoice that was made and not discarded.
	invoices []*issued
	// oneOffs holds the one-off charges that were not deleted.
	oneOffs   []*oneOff
	increases []*increased
}

// oneOff is a one-off charge.
type oneOff struct {
	id      charge.ID
	billTo  int32
	date    date.Date
	amount  int64
	invoice string
}

func usd(minor int64) money.Amount {
	return money.Amount{Value: decimal.MustNew(minor, 2), Currency: "USD"}
}

// one draws a line.
func (l *life) one() (*reference, line.ID) {
	ref := rapid.SampledFrom(l.refs).Draw(l.T, "line")
	return ref, line.ID(ref.number)
}

// day draws a day of a line's life, often one on which something begins.
func (l *life) day(of *reference, name string) date.Date {
	switch rapid.IntRange(0, 3).Draw(l.T, name+" at") {
	case 0:
		return of.next.AddDays(rapid.IntRange(-1, 1).Draw(l.T, name))
	case 1:
		return inMonth(l.asOf, rapid.IntRange(-4, 4).Draw(l.T, name), of.billDay)
	}
	return l.asOf.AddDays(rapid.IntRange(-150, 150).Draw(l.T, name))
}

var cyclesOfLives = []line.BillCycle{line.Monthly, line.Quarterly, line.SemiAnnual, line.Annual}

func drawSettings(t *rapid.T) (of settings) {
	of.proration.Method = drawMethod(t)
	if rapid.Bool().Draw(t, "chosen later") {
		of.proration.From = date.MustNew(2024, 1, 1).AddDays(rapid.IntRange(0, 700).Draw(t, "chosen on"))
	}
	of.onFirst = rapid.Bool().Draw(t, "begins on first")
	return of
}

func drawMethod(t *rapid.T) billing.Method {
	return rapid.SampledFrom([]billing.Method{billing.ByMonth, billing.ByPeriod}).Draw(t, "proration")
}

// begin creates the lines.
func begin(t *rapid.T, w *world, of settings) *life {
	l := &life{T: t, world: w, settings: of, asOf: date.MustNew(2024, 1, 1), prorations: &referenceProrations{}}
	l.prorations.choose(of.proration.Method == billing.ByMonth, date.Date{})
	if !of.proration.From.IsZero() {
		l.prorations.choices[0].byMonth = of.proration.Method != billing.ByMonth
		l.prorations.choose(of.proration.Method == billing.ByMonth, of.proration.From)
	}
	for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "lines") {
		l.create()
	}
	return l
}

// create creates a line, some days of which may have been billed elsewhere.
func (l *life) create() {
	start := l.asOf.AddDays(rapid.IntRange(0, 400).Draw(l.T, "start"))
	created := line.Line{
		Customer: 1, BillTo: catalogue.BillToID(rapid.IntRange(1, 2).Draw(l.T, "bill-to")), Item: "MON", BillCycle: rapid.SampledFrom(cyclesOfLives).Draw(l.T, "cycle"), Start: start,
		MasterItem: rapid.SampledFrom(l.masterItems).Draw(l.T, "master item"),
		BillDay:    rapid.SampledFrom([]int{0, 1, 15, 29, 31}).Draw(l.T, "bill day"), Rates: []line.Rate{{MonthlyAmount: usd(l.amount())}},
		Timing: rapid.SampledFrom([]line.Timing{line.InAdvance, line.InAdvance, line.InArrears}).Draw(l.T, "timing"),
	}
	ref := &reference{
		start: start, billDay: created.BillDay, months: created.BillCycle.Months(), billTo: int32(created.BillTo), item: "MON", masterItem: string(created.MasterItem),
		arrears: created.Timing == line.InArrears, prorations: l.prorations, next: start, billed: map[date.Date]*referenceCharge{},
	}
	if rapid.IntRange(0, 3).Draw(l.T, "of a master") == 0 {
		ref.master = rapid.SampledFrom([]string{"MA", "MB"}).Draw(l.T, "master")
		ref.billTo, created.BillTo, created.MasterAccount = int32(masters[catalogue.MasterAccountCode(ref.master)]), 0, catalogue.MasterAccountCode(ref.master)
	}
	if rapid.Bool().Draw(l.T, "ends") {
		created.End = start.AddDays(rapid.IntRange(1, 900).Draw(l.T, "days"))
		ref.end = created.End
	}
	if rapid.IntRange(0, 2).Draw(l.T, "billed elsewhere") == 0 {
		ref.next = start.AddDays(rapid.IntRange(1, 200).Draw(l.T, "days billed elsewhere"))
		if !created.End.IsZero() && created.End.Before(ref.next) {
			ref.next = created.End
		}
		created.NextCycle = ref.next
	}
	switch {
	case ref.billDay == 0 && l.onFirst:
		ref.billDay, ref.anchor = 1, inMonth(start, 0, 1)
	case ref.billDay == 0:
		ref.billDay, ref.anchor = start.Day(), start
	default:
		ref.anchor = inMonth(start, 0, ref.billDay)
		if ref.anchor.Before(start) {
			ref.anchor = inMonth(start, 1, ref.billDay)
		}
	}
	made, err := l.lines.Create(l.ctx, created)
	if err != nil {
		l.Fatal(err)
	}
	ref.number = int32(made.ID)
	ref.rate(start, made.MonthlyAmount().Minor(), "")
	for day := start; day.Before(ref.next); day = day.AddDays(1) {
		ref.billed[day] = &referenceCharge{elsewhere: true, monthly: ref.rates[0].monthly}
	}
	l.refs = append(l.refs, ref)
}

// creates adds a line to those that are billed already.
func (l *life) creates() {
	if len(l.refs) < 4 {
		l.create()
	}
}

// reason returns the first reason for which a request was refused, or an empty string if it was not.
func (l *life) reason(err error) string {
	if err == nil {
		return ""
	}
	known, ok := fault.As(err)
	if !ok {
		l.Fatal(err)
	}
	if len(known.Violations) > 0 {
		return string(known.Violations[0].Reason)
	}
	return string(known.Reason)
}

// expect checks that a request was refused for a reason, or not if that is empty. It reports whether
// it was not.
func (l *life) expect(err error, want, format string, args ...any) bool {
	if got := l.reason(err); got != want {
		l.Fatalf("%s: %q, want %q: %v", fmt.Sprintf(format, args...), got, want, err)
	}
	return want == ""
}

// check checks that the lines and the reference agree on every day, rate and credit.
func (l *life) check() {
	held := map[line.ID]map[date.Date]string{}
	for _, ref := range l.refs {
		held[line.ID(ref.number)] = map[date.Date]string{}
	}
	for _, period := range l.held() {
		for day := period.Start; day.Before(period.End); day = day.AddDays(1) {
			if held[period.Line][day] != "" {
				l.Fatalf("%s of line %d is billed twice", day, period.Line)
			}
			held[period.Line][day] = string(period.Invoice)
		}
	}
	for _, ref := range l.refs {
		l.checkLine(ref, held[line.ID(ref.number)])
	}
}

func (l *life) checkLine(ref *reference, held map[date.Date]string) {
	of, err := l.lines.Get(l.ctx, line.ID(ref.number))
	if err != nil {
		l.Fatal(err)
	}
	if of.NextCycle != ref.next || of.End != ref.end || int32(of.BillTo) != ref.billTo || of.BillDay != ref.billDay || of.AnchorDate() != ref.anchor {
		l.Fatalf("line %+v, want next %s, end %s, bill-to %d, bill day %d, anchor %s", of, ref.next, ref.end, ref.billTo, ref.billDay, ref.anchor)
	}
	if !slices.EqualFunc(of.Rates, ref.rates, func(a line.Rate, b *referenceRate) bool {
		return a.Effective == b.from && a.From() == b.applies && a.MonthlyAmount.Minor() == b.monthly && string(a.Reason) == b.why
	}) {
		text := ""
		for _, rate := range ref.rates {
			text += fmt.Sprintf(" %+v", *rate)
		}
		l.Fatalf("line %d has rates %+v, want%s", ref.number, of.Rates, text)
	}
	if !slices.EqualFunc(of.Credits, ref.credits, func(a line.Credit, b *referenceCredit) bool {
		return string(a.Kind) == b.kind && a.Of == b.of && int32(a.BillTo) == b.billTo && a.From == b.from && a.To == b.to && a.Amount.Minor() == b.amount && a.Invoice == b.invoice
	}) {
		text := ""
		for _, credit := range ref.credits {
			text += fmt.Sprintf(" %+v", *credit)
		}
		l.Fatalf("line %d has credits %+v, want%s", ref.number, of.Credits, text)
	}
	again := map[date.Date]bool{}
	for _, days := range of.Unbilled {
		for day := days.Start; day.Before(days.End); day = day.AddDays(1) {
			again[day] = true
		}
	}
	for day, id := range held {
		if c := ref.billed[day]; c == nil || c.invoice != id || ref.paused(day) || !day.Before(ref.next) {
			l.Fatalf("%s of line %d is billed on %s: %+v", day, ref.number, id, of)
		}
	}
	for day := ref.start; day.Before(ref.next); day = day.AddDays(1) {
		c := ref.billed[day]
		if billed := c != nil; billed && !c.elsewhere && held[day] == "" || again[day] != (!billed && !ref.paused(day)) {
			l.Fatalf("%s of line %d: billed %t, to be billed again %t: %+v", day, ref.number, billed, again[day], of)
		}
	}
}

// moved checks that the lines could be imported elsewhere as they are.
func (l *life) moved() {
	for _, ref := range l.refs {
		exported, err := l.lines.Get(l.ctx, line.ID(ref.number))
		if err != nil {
			l.Fatal(err)
		}
		imported, err := line.SettleImported(l.ctx, l.catalogue, exported, false)
		if err != nil {
			l.Fatalf("the line cannot be imported: %v: %+v", err, exported)
		}
		if !slices.Equal(imported.Unbilled, exported.Unbilled) || !slices.Equal(imported.Pauses, exported.Pauses) || !slices.Equal(imported.Rates, exported.Rates) ||
			!slices.EqualFunc(imported.Credits, exported.Credits, func(a, b line.Credit) bool { return reflect.DeepEqual(a, b) }) || imported.NextCycle != exported.NextCycle || imported.AnchorDate() != exported.AnchorDate() {
			l.Fatalf("imported %+v, exported %+v", imported, exported)
		}
	}
}

// transfers exports everything and goes on with it in another tenant. Drafts must be settled before.
func (l *life) transfers() {
	if l.transfer != nil && !slices.ContainsFunc(l.invoices, func(of *issued) bool { return of.draft }) {
		l.transfer()
	}
}

// live lives a life with up to some events.
func (l *life) live(events int) {
	some := []func(){
		l.bills, l.bills, l.bills, l.drafts, l.finalizes, l.discards, l.pauses, l.pauses, l.resumes, l.changesRate, l.changesRate, l.prorates, l.withdraws, l.changes, l.cancels, l.uncancels,
		l.charges, l.deletes, l.voids, l.voids, l.notes, l.moves, l.raises, l.lowers, l.creates, l.transfers,
	}
	for range rapid.IntRange(1, events).Draw(l.T, "events") {
		some[rapid.IntRange(0, len(some)-1).Draw(l.T, "event")]()
		l.check()
	}
	if l.catalogue != nil {
		l.moved()
	}
	l.explain()
}

// Whatever happens to the lines of a customer, each day is billed once that is neither paused nor after
// the end, at the rate and in the period that it has, to who pays then, and is credited to who paid if it
// is billed no more. The reference says the same of every invoice, credit, rate and day, and of what is
// refused. Every amount follows from its explanation. 100,000 lives take a few minutes: `make lives`.
func TestLivesAgreeWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		of := drawSettings(t)
		begin(t, inMemory(t, of), of).live(30)
	})
}

// The same holds on both databases.
func TestLivesAgreeWithReferenceOnStores(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, f *billingtest.Fixture) {
		var n tenants
		rapid.Check(t, func(t *rapid.T) {
			of := drawSettings(t)
			begin(t, n.onStore(t, of, f), of).live(15)
		})
	})
}
