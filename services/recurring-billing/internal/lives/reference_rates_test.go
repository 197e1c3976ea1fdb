package lives_test

import (
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

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

// referenceRate is a rate as it was asked for. Of two of one date, the later one counts.
type referenceRate struct {
	from    date.Date
	monthly int64
	why     string
	// counts is the first day that it counts for: no day billed elsewhere follows. applies is the first
	// day from it on that was not billed when it was given.
	counts, applies date.Date
}

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
