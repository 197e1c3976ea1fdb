package recurrence

import (
	"slices"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/proration"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Line is what a change credits or charges for the days of one paid cycle.
type Line struct {
	// Credit tells that the amount is credited for what was contracted before. Otherwise it is
	// charged for what is contracted after.
	Credit bool `json:"credit,omitempty"`
	// PackageID and Price are those that the line is about.
	PackageID string          `json:"package_id"`
	Price     decimal.Decimal `json:"price"`
	Currency  Currency        `json:"currency,omitempty"`
	// Start and End are the days, half-open; PeriodStart and PeriodEnd the whole cycle.
	Start       date.Date `json:"start_date"`
	End         date.Date `json:"end_date"`
	PeriodStart date.Date `json:"period_start_date"`
	PeriodEnd   date.Date `json:"period_end_date"`
	// Amount is not negative, also for a credit.
	Amount decimal.Decimal `json:"amount"`
}

// maxLines is the most paid cycles that a change can credit or charge.
const maxLines = 1200

// unknownCurrencyDigits is the number of decimal places of a price whose currency is not given.
const unknownCurrencyDigits = 2

// settle returns what a change credits and charges for the paid days from one on. A change that
// leaves price, currency and cycle settles nothing, and neither does one of a draft.
func settle(before, after Recurrence, from date.Date, rule settings.Proration) ([]Line, error) {
	same := before.Price.Cmp(after.Price) == 0 && before.Currency == after.Currency && before.Cycle == after.Cycle
	if same || before.State == Draft {
		return nil, nil
	}
	credits, err := before.rest(from, rule)
	if err != nil {
		return nil, err
	}
	for i := range credits {
		credits[i].Credit = true
	}
	charges, err := after.rest(from, rule)
	return append(credits, charges...), err
}

// rest returns what the paid days from one on cost, by cycle.
func (r *Recurrence) rest(from date.Date, rule settings.Proration) ([]Line, error) {
	months, day := r.Cycle.Months(), r.billDay()
	price := proration.Price{Amount: r.Price, Digits: max(minorDigits(r.Currency), r.Price.Scale())}
	var lines []Line
	for k, end := 0, r.PaidUntil; from.Before(end); k++ {
		if k == maxLines {
			return nil, fault.New(fault.FailedPrecondition, reason.OutOfRange,
				"recurrence %s is paid for more than %d cycles: a change cannot settle so many", r.Key(), maxLines)
		}
		period := proration.Period{Start: r.PaidUntil.AddMonthsOnDay(-(k+1)*months, day), End: end, Months: months, BillDay: day}
		line := Line{
			PackageID: string(r.PackageID), Price: r.Price, Currency: r.Currency,
			Start: period.Start, End: end, PeriodStart: period.Start, PeriodEnd: end,
		}
		if line.Start.Before(from) {
			line.Start = from
		}
		var err error
		if line.Amount, err = prorations[rule].Between(price, period, line.Start, line.End); err != nil {
			return nil, err
		}
		lines, end = append(lines, line), period.Start
	}
	slices.Reverse(lines)
	return lines, nil
}

var prorations = map[settings.Proration]proration.Rule{settings.ByMonth: proration.ByMonth, settings.ByPeriod: proration.ByPeriod}

// minorDigits returns the decimal places of a currency.
func minorDigits(code Currency) int {
	digits, known := currency.GetDigits(string(code))
	if !known {
		return unknownCurrencyDigits
	}
	return int(digits)
}

// Sums returns what lines credit and charge. Each sum is of one currency.
func Sums(lines []Line) (credit, charge decimal.Decimal, err error) {
	for _, line := range lines {
		sum := &charge
		if line.Credit {
			sum = &credit
		}
		if *sum, err = sum.Add(line.Amount); err != nil {
			return credit, charge, fault.New(fault.FailedPrecondition, reason.OutOfRange, "the lines sum to more than 19 digits")
		}
	}
	return credit, charge, nil
}
