package line_test

import (
	"math/big"
	"slices"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// reference is a second implementation of the rules for the life of one line. It knows every day of
// the line by itself, and shares no code with the engine: neither its periods, nor its prices, nor its
// spans of days.
type reference struct {
	start, end, anchor date.Date
	billDay, months    int
	billTo             int32
	arrears, cancelled bool
	// byMonth tells how full periods from a day on are priced, and those before by the other method.
	byMonth bool
	chosen  date.Date
	rates   []*referenceRate
	pauses  []*referencePause
	// next is the first day that was never billed in the order of days.
	next date.Date
	// billed holds what bills each day.
	billed map[date.Date]*referenceCharge
}

// referenceRate is a rate as it was asked for. Of two of one date, the later one counts.
type referenceRate struct {
	from    date.Date
	monthly int64
	// counts is the first day that it counts for: no day billed elsewhere follows. applies is the first
	// day from it on that was not billed when it was given.
	counts, applies date.Date
}

// referencePause ends before its last day plus one, or never.
type referencePause struct {
	from, until date.Date
	open        bool
}

func (p *referencePause) holds(day date.Date) bool {
	return !day.Before(p.from) && (p.open || day.Before(p.until))
}

// referenceCharge is the cost of consecutive days of one period at one rate.
type referenceCharge struct {
	invoice         string
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
}

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

// rate adds a rate.
func (r *reference) rate(from date.Date, monthly int64) {
	counts, applies := r.begins(from)
	r.rates = append(r.rates, &referenceRate{from, monthly, counts, applies})
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
}

// withdraw withdraws the only rate of a date. It returns why it cannot.
func (r *reference) withdraw(place int) string {
	if place == 0 {
		return "FIRST_RATE"
	}
	rate := r.rates[place]
	for day, charge := range r.billed {
		if !day.Before(rate.applies) && charge.monthly == rate.monthly && (!charge.elsewhere || r.rateOn(day) == rate) {
			return "RATE_BILLED"
		}
	}
	r.rates = slices.Delete(r.rates, place, place+1)
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
		if last := len(charges) - 1; last >= 0 && charges[last].to == day && day != next && charges[last].begins == begins && charges[last].rate == rate {
			charges[last].to = day.AddDays(1)
		} else {
			first := begins
			if first.Before(r.start) {
				first = r.start
			}
			charges = append(charges, &referenceCharge{
				invoice: invoice, billTo: r.billTo, from: day, to: day.AddDays(1), begins: begins, ends: ends, first: first,
				monthly: rate.monthly, rate: rate, months: r.months, billDay: r.billDay, byMonth: r.byMonth != begins.Before(r.chosen),
			})
		}
		r.billed[day] = charges[len(charges)-1]
	}
	for _, charge := range charges {
		charge.amount = charge.upTo(charge.to) - charge.upTo(charge.from)
	}
	return charges
}

// credit returns what each bill-to was charged for the billed days that a condition chooses. If
// release is set, they are billed no more.
func (r *reference) credit(release bool, chosen func(day date.Date, charge *referenceCharge) bool) map[int32]int64 {
	credits := map[int32]int64{}
	for _, day := range r.billedDays() {
		if charge := r.billed[day]; chosen(day, charge) {
			if charge.elsewhere {
				priced := r.elsewhere(day, charge.monthly)
				credits[r.billTo] += priced.upTo(day.AddDays(1)) - priced.upTo(day)
			} else {
				credits[charge.billTo] += charge.worth(day, day.AddDays(1))
			}
			if release {
				delete(r.billed, day)
			}
		}
	}
	for billTo, amount := range credits {
		if amount == 0 {
			delete(credits, billTo)
		}
	}
	return credits
}

// elsewhere returns a charge of a day that was billed elsewhere as a run would bill it now.
func (r *reference) elsewhere(day date.Date, monthly int64) *referenceCharge {
	begins, ends := r.period(day)
	first := begins
	if first.Before(r.start) {
		first = r.start
	}
	return &referenceCharge{begins: begins, ends: ends, first: first, monthly: monthly, months: r.months, billDay: r.billDay, byMonth: r.byMonth != begins.Before(r.chosen)}
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

// pause pauses the line, and returns what is credited.
func (r *reference) pause(from, until date.Date) map[int32]int64 {
	added := &referencePause{from: from, until: until, open: until.IsZero()}
	r.pauses = append(r.pauses, added)
	return r.credit(true, func(day date.Date, _ *referenceCharge) bool { return added.holds(day) })
}

// resume ends the pause of a day, and reports whether there is one.
func (r *reference) resume(on date.Date) bool {
	for _, p := range r.pauses {
		if p.holds(on) {
			p.until, p.open = on, false
			r.returnRates()
			return true
		}
	}
	return false
}

// refusal returns why the line cannot be paused.
func (r *reference) refusal(from, until date.Date) string {
	asked := &referencePause{from: from, until: until, open: until.IsZero()}
	overlaps, billed := false, false
	for _, p := range r.pauses {
		overlaps = overlaps || (p.open || p.from.Before(p.until)) && (asked.open || p.from.Before(until)) && (p.open || from.Before(p.until))
	}
	for day := range r.billed {
		billed = billed || r.ended(day) && asked.holds(day)
	}
	switch {
	case from.Before(r.start):
		return "BEFORE_START"
	case r.ended(from):
		return "AFTER_END"
	case overlaps:
		return "DAYS_PAUSED"
	case r.cancelled && billed:
		return "ALREADY_CANCELLED"
	}
	return ""
}

// adjust gives billed days from a day on their present rate, and returns what is credited.
func (r *reference) adjust(from date.Date) map[int32]int64 {
	for _, rate := range r.rates {
		if !rate.from.Before(from) {
			rate.counts, rate.applies = rate.from, rate.from
		}
	}
	return r.credit(true, func(day date.Date, charge *referenceCharge) bool {
		return !day.Before(from) && !r.ended(day) && r.rateOn(day).monthly != charge.monthly
	})
}
