package lives_test

import (
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// reference is a second implementation of the rules for the life of one line. It knows every day of
// the line by itself, and shares no code with the engine: neither its periods, nor its prices, nor its
// spans of days.
type reference struct {
	number             int32
	start, end, anchor date.Date
	// former is the end before the line was cancelled.
	former             date.Date
	billDay, months    int
	billTo             int32
	arrears, cancelled bool
	// item, description, masterItem and master are texts of the line; empty for none.
	item, masterItem, master string
	prorations               *referenceProrations
	rates                    []*referenceRate
	pauses                   []*referencePause
	// next is the first day that was never billed in the order of days.
	next date.Date
	// billed holds what bills each day.
	billed map[date.Date]*referenceCharge
	// credits holds what was credited, in the order in which it was.
	credits []*referenceCredit
}

// referenceProrations are the choices of how parts of periods are priced, in the order in which they
// were made: the last one whose day is not after the first of a full period counts for it.
type referenceProrations struct{ choices []referenceChoice }

// referenceChoice counts from a day on, or for all days if that is zero.
type referenceChoice struct {
	byMonth bool
	from    date.Date
}

func (p *referenceProrations) choose(byMonth bool, from date.Date) {
	if last := len(p.choices) - 1; last < 0 || p.choices[last].byMonth != byMonth {
		p.choices = append(p.choices, referenceChoice{byMonth, from})
	}
}

func (p *referenceProrations) byMonth(begins date.Date) bool {
	counts := 0
	for i, choice := range p.choices {
		if choice.from.Compare(begins) <= 0 {
			counts = i
		}
	}
	return p.choices[counts].byMonth
}

// referenceCredit is what a bill-to is credited for days of one line.
type referenceCredit struct {
	kind, of string
	billTo   int32
	from, to date.Date
	amount   int64
	// invoice carries the credit; empty if none does yet.
	invoice string
}

// referenceRate is a rate as it was asked for. Of two of one date, the later one counts.
type referenceRate struct {
	from    date.Date
	monthly int64
	why     string
	// counts is the first day that it counts for: no day billed elsewhere follows. applies is the first
	// day from it on that was not billed when it was given.
	counts, applies date.Date
}

// referencePause ends on the day until, or never. asked and askedOpen are as until and open were
// before the line was resumed.
type referencePause struct {
	from, until, asked date.Date
	open, askedOpen    bool
	resumed            bool
}

// passedOver reports whether a day is billed because the line was resumed.
func (p *referencePause) passedOver(day date.Date) bool {
	return p.resumed && !day.Before(p.until) && (p.askedOpen || day.Before(p.asked))
}

func (p *referencePause) holds(day date.Date) bool {
	return !day.Before(p.from) && (p.open || day.Before(p.until))
}

// referenceCharge is the cost of consecutive days of one period at one rate.
type referenceCharge struct {
	line    int32
	invoice string
	// part is the same for all charges of days in a row that are due together.
	part            *referencePart
	billTo          int32
	from, to        date.Date
	begins, ends    date.Date
	first           date.Date
	monthly         int64
	rate            *referenceRate
	months, billDay int
	byMonth         bool
	amount          int64
	// elsewhere tells that the day was billed before the line came here.
	elsewhere bool
	// effective and applies are the dates of the rate when the days were billed.
	effective, applies date.Date
}

// referencePart is a part of a period as it was billed. cut tells that paused days lie next to it in
// its period, and arrears how the line was billed.
type referencePart struct{ cut, arrears bool }

func (r *reference) paused(day date.Date) bool {
	return slices.ContainsFunc(r.pauses, func(p *referencePause) bool { return p.holds(day) })
}

func (r *reference) ended(day date.Date) bool { return !r.end.IsZero() && !day.Before(r.end) }

// rateOn returns the rate that a day has that is not billed.
func (r *reference) rateOn(day date.Date) *referenceRate {
	found := r.rates[0]
	for _, rate := range r.rates {
		if rate.counts.Compare(day) <= 0 && rate.from.Compare(found.from) >= 0 {
			found = rate
		}
	}
	return found
}

// begins returns the first day that a rate from a date on counts for, and the first of those that is
// not billed.
func (r *reference) begins(from date.Date) (counts, applies date.Date) {
	counts = from
	for day, charge := range r.billed {
		if charge.elsewhere && !day.Before(counts) {
			counts = day.AddDays(1)
		}
	}
	for applies = counts; r.billed[applies] != nil; {
		applies = applies.AddDays(1)
	}
	return counts, applies
}

// rate adds a rate, behind those of the same date.
func (r *reference) rate(from date.Date, monthly int64, why string) *referenceRate {
	counts, applies := r.begins(from)
	added := &referenceRate{from, monthly, why, counts, applies}
	r.insert(added)
	r.replace()
	return added
}

func (r *reference) insert(added *referenceRate) {
	place := 0
	for place < len(r.rates) && !added.from.Before(r.rates[place].from) {
		place++
	}
	r.rates = slices.Insert(slices.Clone(r.rates), place, added)
}

// replace drops rates for all days of which a later one of the same date counts.
func (r *reference) replace() {
	var kept []*referenceRate
	for i, rate := range r.rates {
		if i+1 < len(r.rates) && r.rates[i+1].from == rate.from && !rate.applies.Before(r.rates[i+1].applies) {
			continue
		}
		kept = append(kept, rate)
	}
	r.rates = kept
}

// returnRates makes rates count for days that are billed no more.
func (r *reference) returnRates() {
	for _, rate := range r.rates {
		counts, applies := r.begins(rate.from)
		if counts.Before(rate.counts) {
			rate.counts = counts
		}
		if applies.Before(rate.applies) {
			rate.applies = applies
		}
	}
	r.replace()
}

// billedAt reports whether days are billed at a rate: at its date and its amount.
func (r *reference) billedAt(rate *referenceRate) bool {
	for day, charge := range r.billed {
		if day.Before(rate.applies) {
			continue
		}
		if charge.elsewhere && r.rateOn(day) == rate || !charge.elsewhere && charge.monthly == rate.monthly && charge.effective == rate.from {
			return true
		}
	}
	return false
}

// withdraw withdraws the last rate of a date. It returns why it cannot.
func (r *reference) withdraw(from date.Date) string {
	place := -1
	for i, rate := range r.rates {
		if rate.from == from {
			place = i
		}
	}
	switch {
	case place < 0:
		return "NOT_FOUND"
	case place == 0:
		return "FIRST_RATE"
	case r.billedAt(r.rates[place]):
		return "RATE_BILLED"
	}
	r.rates = slices.Delete(slices.Clone(r.rates), place, place+1)
	return ""
}

// inMonth returns the bill day of the month that lies some months after another's.
func inMonth(of date.Date, months, billDay int) date.Date {
	first := time.Date(of.Year(), of.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return date.Of(first.AddDate(0, 0, min(billDay, last)-1))
}

// period returns the full period that holds a day, found by walking from the anchor.
func (r *reference) period(day date.Date) (begins, ends date.Date) {
	steps := 0
	for day.Before(inMonth(r.anchor, steps, r.billDay)) {
		steps -= r.months
	}
	for !day.Before(inMonth(r.anchor, steps+r.months, r.billDay)) {
		steps += r.months
	}
	return inMonth(r.anchor, steps, r.billDay), inMonth(r.anchor, steps+r.months, r.billDay)
}

// upTo returns what the days of a charge's period before a day cost, rounded half away from zero.
func (c *referenceCharge) upTo(day date.Date) int64 {
	exact := new(big.Rat)
	if !c.byMonth {
		exact.SetFrac64(int64(c.first.DaysUntil(day)), int64(c.begins.DaysUntil(c.ends)))
		return nearest(exact.Mul(exact, big.NewRat(c.monthly*int64(c.months), 1)))
	}
	for at := c.first; at.Before(day); {
		from, to := inMonth(at, 0, c.billDay), inMonth(at, 1, c.billDay)
		if at.Before(from) {
			from, to = inMonth(at, -1, c.billDay), from
		}
		until := to
		if day.Before(to) {
			until = day
		}
		exact.Add(exact, big.NewRat(c.monthly*int64(at.DaysUntil(until)), int64(from.DaysUntil(to))))
		at = until
	}
	return nearest(exact)
}

func nearest(exact *big.Rat) int64 {
	whole, _ := new(big.Int).SetString(exact.FloatString(0), 10)
	return whole.Int64()
}

// worth returns what the charge was for consecutive days of it.
func (c *referenceCharge) worth(from, to date.Date) int64 {
	if c.byMonth {
		return c.upTo(to) - c.upTo(from)
	}
	part := func(day date.Date) int64 {
		return nearest(new(big.Rat).Mul(big.NewRat(c.amount, 1), big.NewRat(int64(c.from.DaysUntil(day)), int64(c.from.DaysUntil(c.to)))))
	}
	return part(to) - part(from)
}

// due returns the days that are due as of a date, in order, and moves next on.
func (r *reference) due(asOf date.Date) (days []date.Date) {
	for day := r.start; day.Before(r.next) && !r.ended(day); day = day.AddDays(1) {
		if r.billed[day] == nil && !r.paused(day) {
			days = append(days, day)
		}
	}
	limit := asOf.AddDays(800)
	for {
		day := r.next
		for day.Before(limit) && r.paused(day) {
			day = day.AddDays(1)
		}
		if r.ended(day) || !day.Before(limit) {
			return days
		}
		_, ends := r.period(day)
		var part []date.Date
		for ; day.Before(ends) && !r.ended(day); day = day.AddDays(1) {
			if !r.paused(day) {
				part = append(part, day)
			}
		}
		last := part[len(part)-1]
		if r.arrears && !last.Before(asOf) || !r.arrears && asOf.Before(part[0]) {
			return days
		}
		days, r.next = append(days, part...), last.AddDays(1)
	}
}

// bill bills the days that are due on an invoice, and returns the charges in the order of days.
func (r *reference) bill(asOf date.Date, invoice string) (charges []*referenceCharge) {
	next := r.next // days before it are charged apart
	for _, day := range r.due(asOf) {
		begins, ends := r.period(day)
		rate := r.rateOn(day)
		var last *referenceCharge
		if len(charges) > 0 {
			last = charges[len(charges)-1]
		}
		follows := last != nil && last.to == day && day != next && last.begins == begins
		if follows && last.rate == rate {
			last.to = day.AddDays(1)
			r.billed[day] = last
			continue
		}
		first := begins
		if first.Before(r.start) {
			first = r.start
		}
		part := &referencePart{arrears: r.arrears, cut: begins.Before(day) && r.paused(day.AddDays(-1))}
		if follows {
			part = last.part
		}
		charges = append(charges, &referenceCharge{
			line: r.number, part: part, invoice: invoice, billTo: r.billTo, from: day, to: day.AddDays(1), begins: begins, ends: ends, first: first,
			monthly: rate.monthly, rate: rate, months: r.months, billDay: r.billDay, byMonth: r.prorations.byMonth(begins),
			effective: rate.from, applies: rate.applies,
		})
		r.billed[day] = charges[len(charges)-1]
	}
	for _, charge := range charges {
		charge.amount = charge.upTo(charge.to) - charge.upTo(charge.from)
		charge.part.cut = charge.part.cut || charge.to.Before(charge.ends) && r.paused(charge.to)
	}
	return charges
}

// worthOf returns what a billed day was charged, and to whom it is credited.
func (r *reference) worthOf(day date.Date) (amount int64, billTo int32, of string) {
	charge := r.billed[day]
	if charge.elsewhere {
		priced := r.elsewhere(day, charge.monthly)
		return priced.upTo(day.AddDays(1)) - priced.upTo(day), r.billTo, ""
	}
	return charge.worth(day, day.AddDays(1)), charge.billTo, charge.invoice
}

// runs splits days, which are in order, where one does not follow the other.
func runsOf(days []date.Date) (runs [][]date.Date) {
	for i, day := range days {
		if i == 0 || days[i-1].AddDays(1) != day {
			runs = append(runs, nil)
		}
		runs[len(runs)-1] = append(runs[len(runs)-1], day)
	}
	return runs
}

// which returns the billed days that a condition chooses, in order.
func (r *reference) which(condition func(day date.Date, charge *referenceCharge) bool) (days []date.Date) {
	for _, day := range r.billedDays() {
		if condition(day, r.billed[day]) {
			days = append(days, day)
		}
	}
	return days
}

// credit credits consecutive billed days: to each bill-to what it was charged, and by invoice too if
// they are billed no more.
func (r *reference) credit(days []date.Date, kind string) {
	var granted []*referenceCredit
	for _, day := range days {
		amount, billTo, of := r.worthOf(day)
		if kind == "" {
			of = ""
		}
		last := len(granted) - 1
		if last >= 0 && granted[last].of == of && (kind != "" || granted[last].billTo == billTo) {
			granted[last].amount, granted[last].to = granted[last].amount+amount, day.AddDays(1)
		} else {
			granted = append(granted, &referenceCredit{kind: kind, of: of, billTo: billTo, from: day, to: day.AddDays(1), amount: amount})
		}
	}
	for _, day := range days {
		if kind != "" {
			delete(r.billed, day)
		}
	}
	for _, credit := range granted {
		if kind != "" || credit.amount != 0 {
			r.credits = append(r.credits, credit)
		}
	}
}

// elsewhere returns a charge of a day that was billed elsewhere as a run would bill it now.
func (r *reference) elsewhere(day date.Date, monthly int64) *referenceCharge {
	begins, ends := r.period(day)
	first := begins
	if first.Before(r.start) {
		first = r.start
	}
	return &referenceCharge{begins: begins, ends: ends, first: first, monthly: monthly, months: r.months, billDay: r.billDay, byMonth: r.prorations.byMonth(begins)}
}

// billedDays returns the billed days in order.
func (r *reference) billedDays() []date.Date {
	days := make([]date.Date, 0, len(r.billed))
	for day := range r.billed {
		days = append(days, day)
	}
	slices.SortFunc(days, date.Date.Compare)
	return days
}

// resume ends the pause of a day. It returns why it cannot.
func (r *reference) resume(on date.Date) string {
	for i, p := range r.pauses {
		if !p.holds(on) {
			continue
		}
		if on == p.from && !on.Before(r.next) {
			r.pauses = slices.Delete(slices.Clone(r.pauses), i, i+1)
		}
		if !p.resumed {
			p.asked, p.askedOpen = p.until, p.open
		}
		p.until, p.open, p.resumed = on, false, true
		r.returnRates()
		return ""
	}
	return "NOT_PAUSED"
}

// beyond returns the billed days that lie after the end and in a pause, if one is given.
func (r *reference) beyond(asked *referencePause) bool {
	for day := range r.billed {
		if r.ended(day) && (asked == nil || asked.holds(day)) {
			return true
		}
	}
	return false
}

// pausable returns why the line cannot be paused.
func (r *reference) pausable(asked *referencePause) string {
	overlaps := false
	for _, p := range r.pauses {
		overlaps = overlaps || (p.open || p.from.Before(p.until)) && (asked.open || p.from.Before(asked.until)) && (p.open || asked.from.Before(p.until))
	}
	switch {
	case asked.from.Before(r.start):
		return "BEFORE_START"
	case r.ended(asked.from):
		return "AFTER_END"
	case overlaps:
		return "DAYS_PAUSED"
	case r.cancelled && r.beyond(asked):
		return "ALREADY_CANCELLED"
	}
	return ""
}

// holder returns the pieces of an invoice's days that it still holds: days in a row of one part.
func (r *reference) heldBy(invoice string) (pieces [][]date.Date) {
	var before *referencePart
	for _, day := range r.which(func(_ date.Date, charge *referenceCharge) bool { return charge.invoice == invoice }) {
		part := r.billed[day].part
		if last := len(pieces) - 1; last < 0 || before != part || pieces[last][len(pieces[last])-1].AddDays(1) != day {
			pieces = append(pieces, nil)
		}
		before, pieces[len(pieces)-1] = part, append(pieces[len(pieces)-1], day)
	}
	return pieces
}

// returnsTo returns the first day that is not billed once an invoice is released, and whether it can be.
// Days that another invoice billed before are due at once. The line goes back to before the others,
// unless days that follow them are billed: then they must have been paused once, and are due at once too.
func (r *reference) returnsTo(invoice string) (next date.Date, ok bool) {
	again := map[date.Date]bool{}
	var others [][]date.Date
	for _, piece := range r.heldBy(invoice) {
		before := slices.ContainsFunc(r.credits, func(c *referenceCredit) bool {
			return c.kind != "" && c.of != invoice && c.from.Compare(piece[len(piece)-1]) <= 0 && piece[0].Before(c.to)
		})
		if !before {
			others = append(others, piece)
			continue
		}
		for _, day := range piece {
			again[day] = true
		}
	}
	next = r.next
	left := len(others)
	for ; left > 0; left-- {
		free := true
		for day := others[left-1][len(others[left-1])-1].AddDays(1); day.Before(next); day = day.AddDays(1) {
			free = free && (r.billed[day] == nil || again[day])
		}
		if !free {
			break
		}
		next = others[left-1][0]
	}
	wasPaused := func(piece []date.Date) bool {
		return slices.ContainsFunc(r.pauses, func(p *referencePause) bool { return slices.ContainsFunc(piece, p.passedOver) })
	}
	for _, piece := range others {
		if left == len(others) && !wasPaused(piece) {
			return r.next, false
		}
	}
	return next, true
}

// release makes the days of an invoice billable again, from a first day on.
func (r *reference) release(invoice string, next date.Date) {
	maps.DeleteFunc(r.billed, func(_ date.Date, charge *referenceCharge) bool { return charge.invoice == invoice && !charge.elsewhere })
	r.next = next
	r.returnRates()
}

// move sets the first day that is not billed. It returns why it cannot.
func (r *reference) move(to date.Date) string {
	billed, skipped := false, false
	for day := to; day.Before(r.next); day = day.AddDays(1) {
		billed = billed || r.billed[day] != nil && !r.billed[day].elsewhere
	}
	for day := r.next; day.Before(to); day = day.AddDays(1) {
		skipped = skipped || !r.paused(day) && r.billed[day] == nil
	}
	switch {
	case to == r.next:
		return ""
	case to.Before(r.start):
		return "BEFORE_START"
	case !r.end.IsZero() && r.end.Before(to):
		return "AFTER_END"
	case billed:
		return "PERIOD_BILLED"
	case skipped:
		return "DAYS_SKIPPED"
	}
	r.next = to
	maps.DeleteFunc(r.billed, func(day date.Date, charge *referenceCharge) bool { return charge.elsewhere && !day.Before(to) })
	r.returnRates()
	return ""
}

// restart begins a full period on the first day that is not billed.
func (r *reference) restart() {
	r.anchor = r.next
	if inMonth(r.next, 0, r.billDay) != r.next {
		r.billDay = r.next.Day()
	}
}

// adjust gives billed days from a day on until another, if that is given, their present rate. It returns
// those whose rate changes, and those from the other day on that no invoice prices but whose rate changes.
func (r *reference) adjust(from, until date.Date) (adjusted, left []date.Date) {
	for _, rate := range r.rates {
		if !rate.from.Before(from) {
			rate.counts, rate.applies = rate.from, rate.from
		}
	}
	r.replace()
	for _, day := range r.billedDays() {
		switch charge := r.billed[day]; {
		case day.Before(from) || r.rateOn(day).monthly == charge.monthly:
		case until.IsZero() || day.Before(until):
			adjusted = append(adjusted, day)
		case charge.elsewhere:
			left = append(left, day)
		}
	}
	return adjusted, left
}

// invoiced reports whether an invoice bills a day.
func (r *reference) invoiced() bool {
	for _, charge := range r.billed {
		if !charge.elsewhere {
			return true
		}
	}
	return false
}

// raised is what an increase did to a line: the rate and those of its date that it replaced.
type raised struct {
	rate     *referenceRate
	replaced []referenceRate
}

// raise gives the line another rate from a date on, computed from the one that it would have. It
// reports whether it does.
func (r *reference) raise(from date.Date, next func(old int64) (int64, bool)) *raised {
	if from.Before(r.start) {
		return nil
	}
	_, applies := r.begins(from)
	amount, changes := next(r.rateOn(applies).monthly)
	if !changes || r.ended(applies) {
		return nil
	}
	given, before := &raised{}, r.rates
	for _, rate := range r.rates {
		if rate.from == from {
			given.replaced = append(given.replaced, *rate)
		}
	}
	given.rate = r.rate(from, amount, "YEARLY")
	// The rate counts for days in a row; one of them must be billed at it.
	for day := applies; !r.ended(day) && day.Before(latest) && r.rateOn(day) == given.rate; day = day.AddDays(1) {
		if !r.paused(day) && r.billed[day] == nil {
			return given
		}
	}
	r.rates = before
	return nil
}

// latest is a day after all events of lives.
var latest = date.MustNew(2040, 1, 1)

// lower withdraws a rate of an increase, and reports whether it does.
func (r *reference) lower(given *raised) bool {
	same := func(a, b *referenceRate) bool { return a.from == b.from && a.monthly == b.monthly && a.why == b.why }
	place := -1
	for i, rate := range r.rates {
		if same(rate, given.rate) {
			place = i
		}
	}
	if place < 0 || r.billedAt(r.rates[place]) {
		return false
	}
	former := r.rates
	r.rates = slices.Delete(slices.Clone(r.rates), place, place+1)
	for i := range given.replaced {
		replaced := given.replaced[i]
		at := 0
		for at < len(r.rates) && r.rates[at].from.Before(replaced.from) {
			at++
		}
		if at += i; at == len(r.rates) || !same(r.rates[at], &replaced) {
			replaced.counts, replaced.applies = r.begins(replaced.from)
			r.rates = slices.Insert(r.rates, at, &replaced)
		}
	}
	r.replace()
	if len(r.rates) == 0 {
		r.rates = former
	}
	return len(r.rates) > 0 && !slices.Equal(r.rates, former)
}
