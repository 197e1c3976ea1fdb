// Package lives lives random lives of the lines of a customer, on a store in memory and on both
// databases, and compares every day, rate, credit, invoice, refusal and explanation with a reference
// that shares no code with the engine.
package lives_test

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
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

// issued is an invoice as the reference has it.
type issued struct {
	id      invoice.ID
	billTo  int32
	total   int64
	charges []*referenceCharge
	draft   bool
	void    bool
	// released tells that a void invoice holds nothing any more, and noted what credit notes credit.
	released bool
	noted    int64
}

// oneOff is a one-off charge.
type oneOff struct {
	id      charge.ID
	billTo  int32
	date    date.Date
	amount  int64
	invoice string
}

// increased is an increase that was applied.
type increased struct {
	id     increase.ID
	raised map[int32]*raised
	undone bool
}

func (l *life) amount() int64 {
	return rapid.OneOf(rapid.Int64Range(-20_000, 100_000), rapid.Just(int64(10_000))).Draw(l.T, "amount")
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

// standing returns why days on an invoice cannot be credited, or an empty string.
func (l *life) standing(id string) (draft, corrected bool) {
	of := l.invoice(id)
	return of.draft, of.void || of.noted > 0
}

func (l *life) invoice(id string) *issued {
	for _, of := range l.invoices {
		if string(of.id) == id {
			return of
		}
	}
	l.Fatalf("no invoice %q", id)
	return nil
}

// creditable returns why consecutive billed days cannot be credited.
func (l *life) creditable(ref *reference, days []date.Date) string {
	anyDraft, anyCorrected := false, false
	for _, day := range days {
		if of := ref.billed[day]; !of.elsewhere {
			draft, corrected := l.standing(of.invoice)
			anyDraft, anyCorrected = anyDraft || draft, anyCorrected || corrected
		}
	}
	switch {
	case anyDraft:
		return "INVOICE_DRAFT"
	case anyCorrected:
		return "INVOICE_CORRECTED"
	}
	return ""
}

// firstRefusal returns the first reason for which one of some days cannot be credited.
func (l *life) firstRefusal(ref *reference, days []date.Date) string {
	for _, run := range runsOf(days) {
		if why := l.creditable(ref, run); why != "" {
			return why
		}
	}
	return ""
}

func (l *life) pauses() {
	ref, id := l.one()
	pausing := line.Pausing{From: l.day(ref, "paused from"), Reason: "AWAY"}
	if rapid.IntRange(0, 3).Draw(l.T, "has an end") > 0 {
		pausing.Until = pausing.From.AddDays(rapid.IntRange(1, 200).Draw(l.T, "paused for"))
	}
	added := &referencePause{from: pausing.From, until: pausing.Until, open: pausing.Until.IsZero()}
	days := ref.which(func(day date.Date, _ *referenceCharge) bool { return added.holds(day) })
	want := cmp.Or(ref.pausable(added), l.firstRefusal(ref, days))
	_, err := l.lines.Pause(l.ctx, id, pausing)
	if l.expect(err, want, "paused line %d from %s until %s", id, pausing.From, pausing.Until) {
		for _, run := range runsOf(days) {
			ref.credit(run, "PAUSE")
		}
		ref.pauses = append(slices.Clone(ref.pauses), added)
		ref.returnRates()
	}
}

func (l *life) resumes() {
	ref, id := l.one()
	on := l.day(ref, "resumed on")
	if len(ref.pauses) > 0 && rapid.Bool().Draw(l.T, "inside a pause") {
		on = rapid.SampledFrom(ref.pauses).Draw(l.T, "resumed pause").from.AddDays(rapid.IntRange(0, 200).Draw(l.T, "days paused"))
	}
	_, err := l.lines.Resume(l.ctx, id, on, "")
	l.expect(err, ref.resume(on), "resumed line %d on %s", id, on)
}

func (l *life) changesRate() {
	ref, id := l.one()
	change := line.RateChange{AdjustBilled: rapid.Bool().Draw(l.T, "adjusts"), Rate: line.Rate{Effective: l.day(ref, "rate from"), MonthlyAmount: usd(l.amount()), Reason: "PRICE"}}
	if change.AdjustBilled && rapid.IntRange(0, 2).Draw(l.T, "adjusts until a day") == 0 {
		change.AdjustUntil = change.Effective.AddDays(rapid.IntRange(1, 200).Draw(l.T, "adjusted for"))
	}
	if rapid.IntRange(0, 3).Draw(l.T, "another cycle") == 0 {
		change.BillCycle, change.Restart = rapid.SampledFrom(cyclesOfLives).Draw(l.T, "cycle"), rapid.Bool().Draw(l.T, "restarts")
	}
	want, changed := l.rates(ref, change)
	_, err := l.lines.ChangeRate(l.ctx, id, change)
	if !l.expect(err, want, "changed the rate of line %d from %s, adjusting: %t, until %s", id, change.Effective, change.AdjustBilled, change.AdjustUntil) {
		return
	}
	for _, run := range runsOf(changed) {
		ref.credit(run, "RATE")
	}
	if change.AdjustBilled {
		ref.returnRates()
	}
	if change.BillCycle != "" {
		ref.months = change.BillCycle.Months()
	}
	if change.Restart {
		ref.restart()
	}
}

// rates changes the rates of a line in the reference. It returns the billed days that are adjusted, or
// why the rate is refused; then it changes nothing.
func (l *life) rates(ref *reference, change line.RateChange) (why string, adjusted []date.Date) {
	applies := change.Effective
	if !change.AdjustBilled {
		_, applies = ref.begins(change.Effective)
	}
	switch {
	case change.Effective.Before(ref.start):
		return "BEFORE_START", nil
	case ref.ended(applies):
		return "LINE_ENDED", nil
	case change.AdjustBilled && ref.cancelled && ref.beyond(nil):
		return "ALREADY_CANCELLED", nil
	}
	former := make([]referenceRate, len(ref.rates))
	kept := slices.Clone(ref.rates)
	for i, rate := range kept {
		former[i] = *rate
	}
	ref.rate(change.Effective, change.MonthlyAmount.Minor(), string(change.Reason))
	if change.AdjustBilled {
		var left []date.Date
		adjusted, left = ref.adjust(change.Effective, change.AdjustUntil)
		why = l.firstRefusal(ref, adjusted)
		if len(left) > 0 {
			why = "PERIOD_BILLED"
		}
		if why != "" {
			for i, rate := range kept {
				*rate = former[i]
			}
			ref.rates = kept
		}
	}
	return why, adjusted
}

// prorates chooses how parts of periods are priced. It counts for periods that begin from the day on, or
// for all if nothing is billed.
func (l *life) prorates() {
	method := drawMethod(l.T)
	from := l.choose(method, l.asOf.AddDays(rapid.IntRange(-60, 60).Draw(l.T, "chosen on")))
	if !slices.ContainsFunc(l.refs, (*reference).invoiced) {
		from = date.Date{}
	}
	l.prorations.choose(method == billing.ByMonth, from)
}

func (l *life) withdraws() {
	ref, id := l.one()
	from := l.day(ref, "withdrawn")
	if rapid.IntRange(0, 3).Draw(l.T, "a rate's date") > 0 {
		from = rapid.SampledFrom(ref.rates).Draw(l.T, "withdrawn rate").from
	}
	_, err := l.lines.WithdrawRate(l.ctx, id, from, "")
	l.expect(err, ref.withdraw(from), "withdrew the rate of %s of line %d", from, id)
}

// changes gives a line another cycle, bill-to, master account, master item or timing.
func (l *life) changes() {
	ref, id := l.one()
	change, to := line.Change{}, *ref
	if rapid.Bool().Draw(l.T, "another cycle") {
		change.BillCycle, change.Restart = new(rapid.SampledFrom(cyclesOfLives).Draw(l.T, "cycle")), rapid.Bool().Draw(l.T, "restarts")
		to.months = change.BillCycle.Months()
	}
	if rapid.IntRange(0, 2).Draw(l.T, "another master") == 0 {
		to.master = rapid.SampledFrom([]string{"", "MA", "MB"}).Draw(l.T, "master")
		change.MasterAccount = new(catalogue.MasterAccountCode(to.master))
	}
	if rapid.Bool().Draw(l.T, "another bill-to") {
		change.BillTo = new(catalogue.BillToID(rapid.SampledFrom([]int{1, 2, 3, 4}).Draw(l.T, "bill-to")))
	}
	if rapid.IntRange(0, 3).Draw(l.T, "another master item") == 0 {
		change.MasterItem = new(rapid.SampledFrom(l.masterItems).Draw(l.T, "master item"))
		to.masterItem = string(*change.MasterItem)
	}
	if rapid.Bool().Draw(l.T, "another timing") {
		change.Timing = new(rapid.SampledFrom([]line.Timing{line.InAdvance, line.InArrears}).Draw(l.T, "timing"))
		to.arrears = *change.Timing == line.InArrears
	}
	want := payer(&to, change)
	if change.Restart {
		to.restart()
	}
	_, err := l.lines.Change(l.ctx, id, change)
	if l.expect(err, want, "changed line %d", id) {
		*ref = to
	}
}

// payer settles the bill-to of a line that gets another one or another master account. It returns why
// that is refused. Bill-tos 1 and 2 are the customer's own, and each master account has one of its own.
func payer(to *reference, change line.Change) string {
	of := int32(masters[catalogue.MasterAccountCode(to.master)])
	switch {
	case change.BillTo != nil:
		given := int32(*change.BillTo)
		switch {
		case given > 2 && given != of:
			return "FOREIGN_BILL_TO"
		case to.master != "" && given != of && change.MasterAccount == nil:
			return "RECEIVABLE_TO_MASTER"
		}
		to.billTo = given
	case to.master == "" && change.MasterAccount != nil && to.billTo > 2:
		to.billTo = 1
	}
	if to.master != "" {
		to.billTo = of
	}
	return ""
}

func (l *life) cancels() {
	ref, id := l.one()
	cancel := line.Cancel{Effective: l.day(ref, "cancelled as of"), Reason: "LEFT", Credit: rapid.Bool().Draw(l.T, "with credit")}
	ended := *ref
	ended.end, ended.former, ended.cancelled = cancel.Effective, ref.end, true
	want := ""
	switch {
	case ref.cancelled:
		want = "ALREADY_CANCELLED"
	case cancel.Effective.Before(ref.start):
		want = "BEFORE_START"
	case !ref.end.IsZero() && ref.end.Before(cancel.Effective):
		want = "AFTER_END"
	case cancel.Credit:
		ended.credits = slices.Clone(ref.credits)
		for _, run := range runsOf(ended.which(func(day date.Date, _ *referenceCharge) bool { return ended.ended(day) })) {
			credited := len(ended.credits)
			if ended.credit(run, ""); len(ended.credits) > credited && want == "" {
				want = l.creditable(&ended, run)
			}
		}
	}
	_, err := l.lines.Cancel(l.ctx, id, cancel)
	if l.expect(err, want, "cancelled line %d as of %s, with credit: %t", id, cancel.Effective, cancel.Credit) {
		*ref = ended
	}
}

func (l *life) uncancels() {
	ref, id := l.one()
	ofCancellation := func(c *referenceCredit) bool { return c.kind == "" }
	want := ""
	switch {
	case !ref.cancelled:
		want = "NOT_CANCELLED"
	case slices.ContainsFunc(ref.credits, func(c *referenceCredit) bool { return ofCancellation(c) && c.invoice != "" }):
		want = "CREDIT_BILLED"
	}
	_, err := l.lines.Uncancel(l.ctx, id, "")
	if l.expect(err, want, "uncancelled line %d", id) {
		ref.credits = slices.DeleteFunc(slices.Clone(ref.credits), ofCancellation)
		ref.end, ref.cancelled = ref.former, false
	}
}

// moves sets the first day that is not billed.
func (l *life) moves() {
	ref, id := l.one()
	to := l.day(ref, "moved to")
	_, err := l.lines.MoveNextCycle(l.ctx, id, to, "")
	l.expect(err, ref.move(to), "moved line %d to %s", id, to)
}

// raises applies an increase to all lines.
func (l *life) raises() {
	plan := increase.Plan{Reason: "YEARLY"}
	percent := rapid.SampledFrom([]int64{10, -4, 25}).Draw(l.T, "percent")
	plan.Percent = decimal.MustNew(percent, 0)
	if plan.AtNextCycle = rapid.Bool().Draw(l.T, "at next cycle date"); !plan.AtNextCycle {
		plan.Effective = l.day(l.refs[0], "raised from")
	}
	made, err := l.world.increases.Create(l.ctx, increase.Increase{Plan: plan})
	var previewed []increase.Line
	if err == nil {
		_, err = l.world.increases.Preview(l.ctx, made.ID, func(lines []increase.Line) error { previewed = append(previewed, lines...); return nil })
	}
	if err == nil {
		_, err = l.world.increases.Apply(l.ctx, made.ID, "")
	}
	if err != nil {
		l.Fatal(err)
	}
	l.work()
	next := func(old int64) (int64, bool) {
		raised := (2*old*(100+percent) + 100) / 200 // half up
		return raised, old >= 0 && raised != old
	}
	of := &increased{id: made.ID, raised: map[int32]*raised{}}
	for _, ref := range l.refs {
		if !ref.end.IsZero() && !ref.next.Before(ref.end) {
			continue // it is not open
		}
		from := plan.Effective
		if plan.AtNextCycle {
			from = ref.next
		}
		if given := ref.raise(from, next); given != nil {
			of.raised[ref.number] = given
		}
	}
	l.increases = append(l.increases, of)
	l.outcomes(of, increase.Raised, func(n int32) bool { return of.raised[n] != nil })
	l.applied(made.ID, previewed)
}

// applied checks that an increase did to each line what its preview showed.
func (l *life) applied(id increase.ID, previewed []increase.Line) {
	found := l.outcomesOf(id)
	does := func(done increase.Line) string {
		return fmt.Sprint(done.Line, done.Outcome, done.Old, done.Rate.Effective, done.Rate.From(), done.Rate.MonthlyAmount, done.Rate.Reason)
	}
	if !slices.EqualFunc(previewed, found, func(a, b increase.Line) bool { return does(a) == does(b) }) {
		l.Fatalf("the preview of increase %d was %+v, applying did %+v", id, previewed, found)
	}
}

// outcomesOf returns what an increase did to lines, in their order.
func (l *life) outcomesOf(id increase.ID) []increase.Line {
	query := listing.Numbered(increase.FieldLine, line.ID(0), 1000)
	query.Where = listing.Is(increase.FieldIncrease, id)
	found, err := l.world.increases.Lines(l.ctx, query)
	if err != nil {
		l.Fatal(err)
	}
	return found
}

// outcomes checks which lines an increase has an outcome for.
func (l *life) outcomes(of *increased, outcome increase.Outcome, want func(line int32) bool) {
	found := l.outcomesOf(of.id)
	has := map[int32]increase.Line{}
	for _, done := range found {
		has[int32(done.Line)] = done
	}
	for _, ref := range l.refs {
		if done := has[ref.number]; (done.Outcome == outcome) != want(ref.number) {
			l.Fatalf("increase %d: %+v, want %s: %t", of.id, done, outcome, want(ref.number))
		}
	}
}

// lowers undoes an increase.
func (l *life) lowers() {
	if len(l.increases) == 0 {
		return
	}
	of := rapid.SampledFrom(l.increases).Draw(l.T, "undone")
	if of.undone {
		return
	}
	of.undone = true
	if _, err := l.world.increases.Undo(l.ctx, of.id, ""); err != nil {
		l.Fatal(err)
	}
	l.work()
	lowered := map[int32]bool{}
	for _, ref := range l.refs {
		if given := of.raised[ref.number]; given != nil {
			lowered[ref.number] = ref.lower(given)
		}
	}
	l.outcomes(of, increase.Lowered, func(n int32) bool { return lowered[n] })
}

func (l *life) charges() {
	made := &oneOff{billTo: rapid.Int32Range(1, 4).Draw(l.T, "charged bill-to"), date: l.asOf.AddDays(rapid.IntRange(-30, 60).Draw(l.T, "charged on")), amount: rapid.Int64Range(1, 5000).Draw(l.T, "charged")}
	if rapid.Bool().Draw(l.T, "credited") {
		made.amount = -made.amount
	}
	created, err := l.world.charges.Create(l.ctx, charge.Charge{BillTo: catalogue.BillToID(made.billTo), Item: "VISIT", Date: made.date, Amount: usd(made.amount)})
	if err != nil {
		l.Fatal(err)
	}
	made.id = created.ID
	l.oneOffs = append(l.oneOffs, made)
}

// deletes deletes a one-off charge.
func (l *life) deletes() {
	if len(l.oneOffs) == 0 {
		return
	}
	place := rapid.IntRange(0, len(l.oneOffs)-1).Draw(l.T, "deleted charge")
	want := ""
	if l.oneOffs[place].invoice != "" {
		want = "CHARGE_BILLED"
	}
	if err := l.world.charges.Delete(l.ctx, l.oneOffs[place].id, ""); l.expect(err, want, "deleted charge %d", l.oneOffs[place].id) {
		l.oneOffs = slices.Delete(slices.Clone(l.oneOffs), place, place+1)
	}
}

// bills runs as of a date, and compares the invoices with those of the reference.
func (l *life) bills() { l.runs(false) }

// drafts is like bills, but leaves drafts.
func (l *life) drafts() { l.runs(true) }

func (l *life) runs(drafts bool) {
	l.asOf = l.asOf.AddDays(rapid.IntRange(0, 130).Draw(l.T, "days to the run"))
	var previewed []invoice.Invoice
	if l.preview != nil {
		previewed = l.preview(l.asOf)
	}
	number, made := l.run(l.asOf, drafts)
	if l.preview != nil {
		l.foreseen(previewed, made)
	}
	id := func(billTo int32) string { return fmt.Sprintf("%d-%d-USD", number, billTo) }
	want := map[int32][]expected{}
	charged := map[int32][]*referenceCharge{}
	for _, ref := range l.refs {
		charged[ref.billTo] = append(charged[ref.billTo], ref.bill(l.asOf, id(ref.billTo))...)
	}
	for billTo, charges := range charged {
		want[billTo] = itemsOf(charges, l.refs)
	}
	slices.SortStableFunc(l.oneOffs, func(a, b *oneOff) int { return cmp.Or(a.date.Compare(b.date), cmp.Compare(a.id, b.id)) })
	for _, one := range l.oneOffs {
		if one.invoice == "" && !l.asOf.Before(one.date) {
			want[one.billTo] = append(want[one.billTo], expected{oneOff: one.id, amount: one.amount})
			one.invoice = id(one.billTo)
		}
	}
	for _, ref := range l.refs {
		due := slices.Clone(ref.credits)
		slices.SortStableFunc(due, func(a, b *referenceCredit) int { return a.from.Compare(b.from) })
		for _, credit := range due {
			if credit.invoice == "" && credit.amount != 0 {
				want[credit.billTo] = append(want[credit.billTo], expected{credit: credit, line: ref.number, amount: -credit.amount})
				credit.invoice = id(credit.billTo)
			}
		}
	}
	maps.DeleteFunc(want, func(_ int32, items []expected) bool { return len(items) == 0 })
	if len(made) != len(want) {
		l.Fatalf("%d invoices as of %s, want %v", len(made), l.asOf, want)
	}
	for i := range made {
		items := want[int32(made[i].BillTo)]
		total := l.compare(&made[i], items)
		l.invoices = append(l.invoices, &issued{id: made[i].ID, billTo: int32(made[i].BillTo), total: total, charges: charged[int32(made[i].BillTo)], draft: drafts})
	}
}

// foreseen checks that a run made the invoices that its preview showed. Both are ordered by bill-to.
func (l *life) foreseen(previewed, made []invoice.Invoice) {
	items := func(of invoice.Invoice) (text string) {
		for _, item := range of.Items {
			item.Grant = 0 // an invoice does not keep it
			text += fmt.Sprintf("%+v\n", item)
		}
		return fmt.Sprint(of.BillTo, of.Total, text)
	}
	if !slices.EqualFunc(previewed, made, func(a, b invoice.Invoice) bool { return items(a) == items(b) }) {
		l.Fatalf("the preview as of %s was %+v, the run made %+v", l.asOf, previewed, made)
	}
}

// expected is an item that the reference expects on an invoice: of charges of lines, of a one-off
// charge, or of a credit.
type expected struct {
	code    string
	rollUp  bool
	charges []*referenceCharge
	oneOff  charge.ID
	credit  *referenceCredit
	line    int32
	amount  int64
}

// itemsOf returns the items of charges, in the order of rule 11.
func itemsOf(charges []*referenceCharge, lines []*reference) (items []expected) {
	type key struct {
		begins date.Date
		months int
		ends   date.Date
		alone  bool
		master string
		line   int32
	}
	groups := map[key][]*referenceCharge{}
	for _, c := range charges {
		place := slices.IndexFunc(lines, func(r *reference) bool { return r.number == c.line })
		k := key{begins: c.begins, months: c.months, ends: c.ends, master: lines[place].masterItem}
		if k.master == "" || k.master == "N/A" {
			k.alone, k.master, k.line = true, "", c.line
		}
		groups[k] = append(groups[k], c)
	}
	alone := map[bool]int{true: 1}
	keys := slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(a.begins.Compare(b.begins), cmp.Compare(a.months, b.months), a.ends.Compare(b.ends), cmp.Compare(alone[a.alone], alone[b.alone]),
			cmp.Compare(a.master, b.master), cmp.Compare(a.line, b.line))
	})
	for _, k := range keys {
		item := expected{code: k.master, rollUp: !k.alone, charges: groups[k]}
		if k.alone {
			item.code = "MON"
		}
		slices.SortStableFunc(item.charges, func(a, b *referenceCharge) int { return cmp.Or(cmp.Compare(a.line, b.line), a.from.Compare(b.from)) })
		for _, c := range item.charges {
			item.amount += c.amount
		}
		items = append(items, item)
	}
	return items
}

// compare compares an invoice with the items that the reference expects, and returns their sum.
func (l *life) compare(inv *invoice.Invoice, want []expected) (total int64) {
	same := func(got billing.InvoiceItem, want expected) bool {
		switch {
		case got.Amount != want.amount || got.OneOff != int32(want.oneOff) || got.Credit != (want.credit != nil):
			return false
		case want.credit != nil:
			return got.Period.Start == want.credit.from && got.Period.End == want.credit.to && got.Parts[0].Line == want.line
		case want.oneOff != 0:
			return len(got.Parts) == 0
		}
		return got.Code == want.code && got.RollUp == want.rollUp && slices.EqualFunc(got.Parts, want.charges, func(a billing.Charge, b *referenceCharge) bool {
			return a.Line == b.line && a.Span.Start == b.from && a.Span.End == b.to && a.Period.Start == b.begins && a.Period.End == b.ends && a.Amount == b.amount
		})
	}
	if !slices.EqualFunc(inv.Items, want, same) {
		text := ""
		for _, item := range want {
			text += fmt.Sprintf("\n%s %d", item.code, item.amount)
			for _, c := range item.charges {
				text += fmt.Sprintf(" line %d [%s, %s) %d", c.line, c.from, c.to, c.amount)
			}
		}
		l.Fatalf("invoice %s has %+v, want%s", inv.ID, inv.Items, text)
	}
	for _, item := range want {
		total += item.amount
	}
	if inv.Total != total {
		l.Fatalf("invoice %s comes to %d, want %d", inv.ID, inv.Total, total)
	}
	return total
}

// recent draws one of the last invoices.
func (l *life) recent() *issued {
	if len(l.invoices) == 0 {
		return nil
	}
	return l.invoices[len(l.invoices)-1-rapid.IntRange(0, min(3, len(l.invoices)-1)).Draw(l.T, "invoice")]
}

// finalizes gives a draft its number.
func (l *life) finalizes() {
	if of := l.recent(); of != nil && of.draft {
		if _, err := l.invoicing.Finalize(l.ctx, of.id, ""); err != nil {
			l.Fatal(err)
		}
		of.draft = false
	}
}

// returns works out where each line goes back to once an invoice is released, and whether all can.
func (l *life) returns(of *issued) (next map[int32]date.Date, ok bool) {
	next = map[int32]date.Date{}
	for _, ref := range l.refs {
		if len(ref.heldBy(string(of.id))) == 0 {
			continue
		}
		if next[ref.number], ok = ref.returnsTo(string(of.id)); !ok {
			return nil, false
		}
	}
	return next, true
}

// release carries out what returns allows.
func (l *life) release(of *issued, next map[int32]date.Date) {
	for _, ref := range l.refs {
		if day, billed := next[ref.number]; billed {
			ref.release(string(of.id), day)
		}
	}
	for _, one := range l.oneOffs {
		if one.invoice == string(of.id) {
			one.invoice = ""
		}
	}
	of.released = true
}

// passOn makes the credits that an invoice carries due again.
func (l *life) passOn(of *issued) {
	for _, ref := range l.refs {
		for _, credit := range ref.credits {
			if credit.invoice == string(of.id) {
				credit.invoice = ""
			}
		}
	}
}

// discards deletes a draft.
func (l *life) discards() {
	of := l.recent()
	if of == nil {
		return
	}
	next, ok := l.returns(of)
	want := ""
	switch {
	case !of.draft:
		want = "NOT_A_DRAFT"
	case !ok:
		want = "PERIODS_NOT_LATEST"
	}
	if err := l.invoicing.Delete(l.ctx, of.id, ""); l.expect(err, want, "discarded %s", of.id) {
		l.release(of, next)
		l.passOn(of)
		l.invoices = slices.DeleteFunc(slices.Clone(l.invoices), func(i *issued) bool { return i == of })
	}
}

// credited reports whether a line was credited for days that an invoice bills, and how much.
func (l *life) credited(of *issued) (any bool, sum int64) {
	for _, ref := range l.refs {
		for _, credit := range ref.credits {
			if credit.kind != "" {
				if credit.of == string(of.id) {
					any, sum = true, sum+credit.amount
				}
				continue
			}
			for _, c := range of.charges {
				if c.line == ref.number && credit.from.Before(c.to) && c.from.Before(credit.to) {
					any = true
				}
			}
			for day := credit.from; day.Before(credit.to); day = day.AddDays(1) {
				if c := ref.billed[day]; c != nil && c.invoice == string(of.id) {
					sum += c.worth(day, day.AddDays(1))
				}
			}
		}
	}
	return any, sum
}

// voids voids an invoice, and releases its days if that is asked for.
func (l *life) voids() {
	of := l.recent()
	if of == nil || of.released {
		return
	}
	release := rapid.IntRange(0, 3).Draw(l.T, "releases") > 0
	credited, _ := l.credited(of)
	next, ok := l.returns(of)
	want := ""
	switch {
	case of.draft:
		want = "INVOICE_DRAFT"
	case of.void && !release:
		return // it stays as it is
	case of.noted > 0:
		want = "CREDITED"
	case credited:
		want = "LINE_CREDITED"
	case release && !ok:
		want = "PERIODS_NOT_LATEST"
	}
	_, err := l.invoicing.Void(l.ctx, of.id, "Wrong", release, "")
	if !l.expect(err, want, "voided %s, releasing: %t", of.id, release) {
		return
	}
	of.void = true
	l.passOn(of)
	if release {
		l.release(of, next)
	}
}

// notes credits an invoice by a credit note: all that is left of it, or a cent.
func (l *life) notes() {
	of := l.recent()
	if of == nil {
		return
	}
	_, credited := l.credited(of)
	left := min(of.total-of.noted-credited, of.total-of.noted)
	request, amount := invoice.Credit{Invoice: of.id, Reason: "Outage"}, left
	if rapid.Bool().Draw(l.T, "a cent") {
		request.Total, amount = usd(1), 1
	}
	want := ""
	switch {
	case of.draft:
		want = "INVOICE_DRAFT"
	case of.void:
		want = "INVOICE_VOID"
	case of.total <= 0 || left <= 0:
		want = "NOTHING_LEFT"
	}
	note, err := l.invoicing.CreateCreditNote(l.ctx, request)
	if l.expect(err, want, "credited %s", of.id) {
		if note.Total != amount {
			l.Fatalf("credited %d of invoice %s, want %d", note.Total, of.id, amount)
		}
		of.noted += amount
	}
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
