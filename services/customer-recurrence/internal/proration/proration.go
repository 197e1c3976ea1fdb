// Package proration computes what a part of a period costs. It is exact: the parts of a period sum
// to its price, however it is cut.
package proration

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Rule says how a part of a period of several months is measured.
type Rule int

// The values of Rule.
const (
	// ByMonth makes a period of several months of months: whole ones cost their share of the price,
	// days of a broken one their share of that month's days.
	ByMonth Rule = iota
	// ByPeriod lets days cost their share of the days of the whole period.
	ByPeriod
)

// Period is one cycle, half-open: Start is its first day, End the day after its last.
type Period struct {
	Start, End date.Date
	// Months is the number of months in the cycle, BillDay the day of the month on which each
	// begins; a shorter month clamps it.
	Months, BillDay int
}

// Price is what a whole period costs, with the decimal places to which its parts are rounded.
type Price struct {
	Amount decimal.Decimal
	// Digits must be at least the decimal places of Amount.
	Digits int
}

// Between returns what the days from one day of the period until another cost: the price up to the
// second less the price up to the first, each rounded half away from zero.
func (r Rule) Between(price Price, period Period, from, until date.Date) (decimal.Decimal, error) {
	first, err := r.upTo(price, period, from)
	if err != nil {
		return decimal.Decimal{}, err
	}
	last, err := r.upTo(price, period, until)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return parse(last.Sub(last, first), price.Digits)
}

// upTo returns what the days of the period before a day cost, in units of the last decimal place.
func (r Rule) upTo(price Price, period Period, day date.Date) (*big.Int, error) {
	if day.Before(period.Start) || period.End.Before(day) {
		return nil, fmt.Errorf("%s is not in the period from %s to %s", day, period.Start, period.End)
	}
	units := new(big.Int).SetUint64(price.Amount.Coef())
	for places := price.Amount.Scale(); places < price.Digits; places++ {
		units.Mul(units, big.NewInt(10))
	}
	part, whole := r.share(period, day)
	// Rounded half away from zero: (2ab + c) / 2c.
	units.Mul(units, big.NewInt(2*part))
	units.Add(units, big.NewInt(whole))
	return units.Div(units, big.NewInt(2*whole)), nil
}

// share returns the part of the period before a day, as a fraction.
func (r Rule) share(period Period, day date.Date) (part, whole int64) {
	if r == ByPeriod {
		return int64(period.Start.DaysUntil(day)), int64(period.Start.DaysUntil(period.End))
	}
	for k := range period.Months {
		step := Period{Start: period.boundary(k), End: period.boundary(k + 1)}
		if day.Before(step.End) {
			days := int64(step.Start.DaysUntil(step.End))
			return int64(k)*days + int64(step.Start.DaysUntil(day)), int64(period.Months) * days
		}
	}
	return 1, 1
}

// boundary returns the first day of a month of the period, or its end.
func (p Period) boundary(k int) date.Date {
	if k == p.Months {
		return p.End
	}
	if k == 0 {
		return p.Start
	}
	return p.Start.AddMonthsOnDay(k, p.BillDay)
}

// parse returns units of the last of some decimal places as a decimal.
func parse(units *big.Int, digits int) (decimal.Decimal, error) {
	text, sign := units.String(), ""
	if strings.HasPrefix(text, "-") {
		text, sign = text[1:], "-"
	}
	if missing := digits + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole, fraction := text[:len(text)-digits], text[len(text)-digits:]
	value, err := decimal.Parse(strings.TrimSuffix(sign+whole+"."+fraction, "."))
	if err != nil {
		return decimal.Decimal{}, fmt.Errorf("reading a part of a price: %w", err)
	}
	return value, nil
}
