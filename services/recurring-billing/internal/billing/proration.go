package billing

import (
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Method is how parts of periods are priced.
type Method string

// The methods of rule 6.
const (
	ByMonth  Method = "BY_MONTH"
	ByPeriod Method = "BY_PERIOD"
)

// other returns the other one of the two methods. No method is ByMonth.
func (m Method) other() Method {
	if m == ByPeriod {
		return ByMonth
	}
	return ByPeriod
}

// Proration is the method of a tenant. The zero Proration prices everything by month.
type Proration struct {
	Method Method
	// From is the day of the choice: full periods that begin on or after it are priced by Method,
	// and earlier ones by the choices before. If it is zero, Method prices all.
	From date.Date
	// Former holds the choices before, in the order of their days. Full periods that begin before all
	// choices are priced by the method that the first of them changed.
	Former []ProrationChoice
}

// ProrationChoice is a choice of the method of full periods that begin on a day or after it.
type ProrationChoice struct {
	Method Method    `json:"method"`
	From   date.Date `json:"from"`
}

// byMonth reports whether a full period that begins on a day is priced by month.
func (p *Proration) byMonth(begins date.Date) bool {
	if p.From.IsZero() || !begins.Before(p.From) {
		return p.Method != ByPeriod
	}
	first := p.Method
	for i := len(p.Former) - 1; i >= 0; i-- {
		if first = p.Former[i].Method; !begins.Before(p.Former[i].From) {
			return first != ByPeriod
		}
	}
	return first.other() != ByPeriod
}

// Choose returns the proration with another method for full periods that begin on a day or after it.
// It replaces the choices that count only for those. Earlier periods keep their method.
func (p Proration) Choose(method Method, from date.Date) Proration {
	all := append(slices.Clone(p.Former), ProrationChoice{p.Method, p.From})
	if all[0].From.IsZero() {
		all = all[1:]
	}
	first := p.Method
	if len(all) > 0 {
		first = all[0].Method.other()
	}
	for len(all) > 0 && !all[len(all)-1].From.Before(from) {
		all = all[:len(all)-1]
	}
	present := first
	if len(all) > 0 {
		present = all[len(all)-1].Method
	}
	if present != method {
		all = append(all, ProrationChoice{method, from})
	}
	last := len(all) - 1
	if last < 0 {
		return Proration{Method: method}
	}
	return Proration{Method: all[last].Method, From: all[last].From, Former: append([]ProrationChoice(nil), all[:last]...)}
}

// Pricing is how a charge was computed (rules 6 to 8). It is zero if that is not known, because an
// older program made the charge.
type Pricing struct {
	// Monthly is the amount of one month in minor units.
	Monthly int64
	// Months is the length of the bill cycle in months, greater than 0.
	Months int
	// ByMonth tells whether the charge was priced by month.
	ByMonth bool
	// BillDay is the day of the month on which the steps of rule 6 begin.
	BillDay int
	// First is the line's first day in the full period, from which rule 7 measures.
	First date.Date
	// Rate holds the dates of the rate. It is zero if they are not known.
	Rate RateDates
}

// Known reports whether it is known how the charge was computed.
func (p *Pricing) Known() bool { return p.Months > 0 }

// Cost returns the cost of a span of days of a full period in minor units.
func (p *Pricing) Cost(period, days Span) (int64, error) {
	if days.Start.Before(p.First) || days.End.Before(days.Start) || p.First.Before(period.Start) || period.End.Before(days.End) {
		return 0, fmt.Errorf("%s is not a part of %s", days, period)
	}
	if days == period {
		return p.Monthly * int64(p.Months), nil
	}
	return p.upTo(period, days.End) - p.upTo(period, days.Start), nil
}

// upTo returns the cost of the days from the first to the one before day (rule 6).
func (p *Pricing) upTo(period Span, day date.Date) int64 {
	if day == p.First {
		return 0
	}
	if p.ByMonth {
		months, of := p.months(period.Start, day)
		return share(p.Monthly, months, of)
	}
	return share(p.Monthly*int64(p.Months), p.First.DaysUntil(day), period.Days())
}

// months returns the months from the first day to another as an exact fraction: whole steps, and
// the days of broken ones over the days of their steps.
func (p *Pricing) months(begins, day date.Date) (months, of int) {
	from, to := stepOf(begins, p.BillDay, p.First), stepOf(begins, p.BillDay, day)
	return (to.number-from.number)*from.of*to.of + to.days*from.of - from.days*to.of, from.of * to.of
}

// step is the month-step of a period that a day lies in.
type step struct {
	number int
	// days counts the days of the step before the day, and of all of its days.
	days, of int
}

// stepOf returns the step that a day lies in, of a period that begins on another day.
func stepOf(begins date.Date, billDay int, day date.Date) step {
	number := 12*(day.Year()-begins.Year()) + int(day.Month()-begins.Month())
	start := begins.AddMonthsOnDay(number, billDay)
	if day.Before(start) {
		number--
		start = begins.AddMonthsOnDay(number, billDay)
	}
	return step{number: number, days: start.DaysUntil(day), of: start.DaysUntil(begins.AddMonthsOnDay(number+1, billDay))}
}

// Gives reports whether the pricing is possible for days of a full period, and gives an amount.
func (p *Pricing) Gives(period, days Span, amount int64) bool {
	if p.Months < 1 || p.BillDay < 1 || p.BillDay > 31 || period.Start.AddMonthsOnDay(p.Months, p.BillDay) != period.End {
		return false
	}
	if largest := maxAmount / int64(p.Months); p.Monthly > largest || p.Monthly < -largest {
		return false
	}
	cost, err := p.Cost(period, days)
	return err == nil && cost == amount
}
