package lives_test

import (
	"cmp"
	"slices"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

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
