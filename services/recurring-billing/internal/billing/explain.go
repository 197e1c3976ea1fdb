package billing

import (
	"github.com/continuo-billing/continuo/services/platform/date"
)

// RateDates holds the dates of a rate. It is zero if they are not known.
type RateDates struct {
	// Effective is the date of the rate as it was asked for, and From the first day that it counts
	// for.
	Effective, From date.Date
}

// Count reports whether the dates are possible for days that begin on a day, or are not known.
func (r RateDates) Count(day date.Date) bool {
	return r == RateDates{} || !r.Effective.IsZero() && !r.From.Before(r.Effective) && !day.Before(r.From)
}

func (p Price) dates() RateDates { return RateDates{p.Effective, p.From} }

// Reckoning is what consecutive days cost: Of times Numerator over Denominator, rounded half away
// from zero.
type Reckoning struct {
	Span
	// Of is the amount that the shares are shares of, and Amount the rounded cost, in minor units.
	Of, Amount int64
	// Shares sum to the fraction, which is in lowest terms.
	Shares                 []DayShare
	Numerator, Denominator int64
}

// DayShare is the share of days in the span that they lie in.
type DayShare struct {
	// Span is a month, whole months in a row, a full period or the days of a charge.
	Span
	// Days of its OfDays days are counted.
	Days, OfDays int
	// Months is how many whole months the span is, or 0 if the share is Days over OfDays.
	Months int
}

// Explained is the cost of days as the difference of two reckonings (rule 7).
type Explained struct {
	// UpTo ends with the days. Before ends where they begin; nil if nothing lies before them.
	UpTo   Reckoning
	Before *Reckoning
}

// Amount returns the cost of the days in minor units.
func (e *Explained) Amount() int64 {
	if e.Before == nil {
		return e.UpTo.Amount
	}
	return e.UpTo.Amount - e.Before.Amount
}

// explained explains days by what the days from first to the end of each of two spans cost.
func explained(first date.Date, days Span, reckon func(Span) Reckoning) Explained {
	e := Explained{UpTo: reckon(Span{Start: first, End: days.End})}
	if first.Before(days.Start) {
		before := reckon(Span{Start: first, End: days.Start})
		e.Before = &before
	}
	return e
}

// Explain explains Cost for days of a full period. The pricing must be known.
func (p *Pricing) Explain(period, days Span) Explained {
	return explained(p.First, days, func(from Span) Reckoning {
		if p.ByMonth {
			return reckoningOf(p.Monthly, from, p.shares(period.Start, from))
		}
		return reckoningOf(p.Monthly*int64(p.Months), from, []DayShare{{Span: period, Days: from.Days(), OfDays: period.Days()}})
	})
}

// ExplainCredit explains For, for days that the charge bills (rule 16).
func (c *Charge) ExplainCredit(days Span) Explained {
	if c.ByMonth {
		return c.Explain(c.Period, days)
	}
	return explained(c.Span.Start, days, func(from Span) Reckoning {
		return reckoningOf(c.Amount, from, []DayShare{{Span: c.Span, Days: from.Days(), OfDays: c.Span.Days()}})
	})
}

// reckoningOf adds the shares and rounds their cost.
func reckoningOf(of int64, days Span, shares []DayShare) Reckoning {
	r := Reckoning{Span: days, Of: of, Shares: shares, Denominator: 1}
	for _, share := range shares {
		n, d := int64(share.Days), int64(share.OfDays)
		if share.Months > 0 {
			n, d = int64(share.Months), 1
		}
		r.Numerator, r.Denominator = r.Numerator*d+n*r.Denominator, r.Denominator*d
		if divisor := gcd(r.Numerator, r.Denominator); divisor > 1 {
			r.Numerator, r.Denominator = r.Numerator/divisor, r.Denominator/divisor
		}
	}
	r.Amount = share(of, int(r.Numerator), int(r.Denominator))
	return r
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// shares splits days into whole months in a row and days of broken ones, of a period that begins on
// a day.
func (p *Pricing) shares(begins date.Date, days Span) (shares []DayShare) {
	for day := days.Start; day.Before(days.End); {
		number := stepOf(begins, p.BillDay, day).number
		month := Span{Start: begins.AddMonthsOnDay(number, p.BillDay), End: begins.AddMonthsOnDay(number+1, p.BillDay)}
		counted := Span{Start: day, End: earlier(month.End, days.End)}
		last := len(shares) - 1
		switch {
		case counted != month:
			shares = append(shares, DayShare{Span: month, Days: counted.Days(), OfDays: month.Days()})
		case last >= 0 && shares[last].Months > 0:
			of := &shares[last]
			of.End, of.Months = month.End, of.Months+1
			of.Days, of.OfDays = of.Span.Days(), of.Span.Days()
		default:
			shares = append(shares, DayShare{Span: month, Days: month.Days(), OfDays: month.Days(), Months: 1})
		}
		day = counted.End
	}
	return shares
}
