package lives_test

import (
	"maps"
	"math/big"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// referenceCredit is what a bill-to is credited for days of one line.
type referenceCredit struct {
	kind, of string
	billTo   int32
	from, to date.Date
	amount   int64
	// invoice carries the credit; empty if none does yet.
	invoice string
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
// its period, arrears how the line was billed, and resumed that days of it were due at once because a pause had ended early.
type referencePart struct{ cut, arrears, resumed bool }

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
		resumed := day.Before(next) && slices.ContainsFunc(r.pauses, func(p *referencePause) bool { return p.passedOver(day) })
		if follows && last.rate == rate {
			last.to, last.part.resumed = day.AddDays(1), last.part.resumed || resumed
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
		part.resumed = part.resumed || resumed
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
