package billing

import (
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Overlap returns the days that both spans contain, or the zero Span if they share none.
func (s Span) Overlap(other Span) Span {
	shared := Span{Start: later(s.Start, other.Start), End: earlier(s.End, other.End)}
	if !shared.Start.Before(shared.End) {
		return Span{}
	}
	return shared
}

// Holds reports whether a day is in the span.
func (s Span) Holds(day date.Date) bool { return !day.Before(s.Start) && day.Before(s.End) }

// Overlaps reports whether the two spans share a day.
func (s Span) Overlaps(other Span) bool { return s.Overlap(other) != Span{} }

func earlier(a, b date.Date) date.Date {
	if b.Before(a) {
		return b
	}
	return a
}

// Minus returns the days of a span that are in none of others, which are in order.
func (s Span) Minus(others []Span) (rest []Span) {
	for _, other := range others {
		if !s.Overlaps(other) {
			continue
		}
		if s.Start.Before(other.Start) {
			rest = append(rest, Span{Start: s.Start, End: other.Start})
		}
		s.Start = other.End
	}
	if s.Start.Before(s.End) {
		rest = append(rest, s)
	}
	return rest
}

// Days returns the days that the charge still bills.
func (c *Charge) Days() Span {
	if c.Held == nil {
		return c.Span
	}
	return *c.Held
}

// For returns the amount charged for the given days. Days that the charge does not bill count
// nothing (rule 16).
func (c *Charge) For(days Span) int64 {
	shared := c.Days().Overlap(days)
	if shared == (Span{}) {
		return 0
	}
	if c.ByMonth {
		return c.upTo(c.Period, shared.End) - c.upTo(c.Period, shared.Start)
	}
	of := c.Span.Days()
	return share(c.Amount, c.Span.Start.DaysUntil(shared.End), of) - share(c.Amount, c.Span.Start.DaysUntil(shared.Start), of)
}

// Charged returns the amount that charges of a line, ordered by day, were for the given days.
// missing holds the days that no charge covers, in order.
func Charged(days Span, charges []Charge) (amount int64, missing []Span, err error) {
	next := days.Start
	for i := range charges {
		shared := charges[i].Days().Overlap(days)
		if shared == (Span{}) {
			continue
		}
		if next.Before(shared.Start) {
			missing = append(missing, Span{Start: next, End: shared.Start})
		}
		next = later(next, shared.End)
		if amount, err = add(amount, charges[i].For(days)); err != nil {
			return 0, nil, err
		}
	}
	if next.Before(days.End) {
		missing = append(missing, Span{Start: next, End: days.End})
	}
	return amount, missing, nil
}

// Spread returns the amount that a credit for the given days credits of each charge (rules 16 and
// 17). Each charge must hold some of the days, and charges must be ordered by day.
func Spread(credit int64, days Span, charges []Charge) ([]int64, error) {
	charged, missing, err := Charged(days, charges)
	if err != nil {
		return nil, err
	}
	given := make([]int64, len(charges))
	sign := signOf(credit, charged)
	var before, spread int64
	more := sign * (credit - charged)
	for i := range charges {
		given[i] = charges[i].For(days)
		switch {
		case more < 0 && charged != 0:
			before += sign * given[i]
			upto := sign * portion(sign*credit, before, sign*charged)
			given[i], spread = upto-spread, upto
		case more > 0 && len(missing) == 0:
			rest := max(0, min(more, sign*(charges[i].For(charges[i].Days())-given[i])))
			given[i] += sign * rest
			more -= rest
		}
	}
	return given, nil
}

// signOf returns -1 if a credit is for discounts, and 1 otherwise. If nothing was charged, the
// credit tells.
func signOf(credit, charged int64) int64 {
	if charged < 0 || charged == 0 && credit < 0 {
		return -1
	}
	return 1
}

// portion returns amount * part / whole like share. part is negative if charges are followed by more
// discounts, or the reverse; whole is not.
func portion(amount, part, whole int64) int64 {
	if part < 0 {
		return -share(amount, int(-part), int(whole))
	}
	return share(amount, int(part), int(whole))
}

func add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, fmt.Errorf("the credited amount has more than %d digits", 18)
	}
	return sum, nil
}

// PricedDays is how consecutive days of a period are priced, which no invoice of a line bills.
type PricedDays struct {
	Span   Span `json:"days"`
	Period Span `json:"period"`
	Pricing
}

// Fits reports whether the pricing is possible for the days.
func (p *PricedDays) Fits() bool {
	cost, err := p.Cost(p.Period, p.Span)
	return err == nil && p.Gives(p.Period, p.Span, cost) && p.Rate.Count(p.Span.Start) && !p.Rate.Effective.IsZero()
}

// Paid is a charge, and the invoice that it stands on with its bill-to.
type Paid struct {
	Charge
	Invoice string
	BillTo  int32
}

// Share is what a credit gives one bill-to for consecutive days.
type Share struct {
	Span
	BillTo int32
	// Amount is in minor units.
	Amount int64
}

// Shares splits the credit for the given days among the bill-tos that were charged for them (rule
// 18). paid must be ordered by day. elsewhere returns the cost of days that no charge covers, which
// is credited to present, the bill-to of the line.
func Shares(days Span, paid []Paid, present int32, elsewhere func(Span) (int64, error)) ([]Share, error) {
	var shares []Share
	give := func(span Span, billTo int32, amount int64) (err error) {
		if last := len(shares) - 1; last >= 0 && shares[last].BillTo == billTo && shares[last].End == span.Start {
			shares[last].End = span.End
			shares[last].Amount, err = add(shares[last].Amount, amount)
			return err
		}
		shares = append(shares, Share{span, billTo, amount})
		return nil
	}
	unknown := func(span Span) error {
		if !span.Start.Before(span.End) {
			return nil
		}
		amount, err := elsewhere(span)
		if err != nil {
			return err
		}
		return give(span, present, amount)
	}
	next := days.Start
	for i := range paid {
		shared := paid[i].Days().Overlap(days)
		if shared == (Span{}) {
			continue
		}
		if err := unknown(Span{Start: next, End: shared.Start}); err != nil {
			return nil, err
		}
		if err := give(shared, paid[i].BillTo, paid[i].For(days)); err != nil {
			return nil, err
		}
		next = later(next, shared.End)
	}
	if err := unknown(Span{Start: next, End: days.End}); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(shares, func(s Share) bool { return s.Amount == 0 }), nil
}
