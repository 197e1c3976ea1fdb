package line

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// maxRates is the maximum number of rates of a line.
const maxRates = 1000

// ReasonCode is the caller's code for why a rate changed or a line was cancelled. (Sedona:
// RMRReasonCode.)
type ReasonCode string

// Rate is the monthly amount of a line from a date until its next rate begins.
type Rate struct {
	// Effective is the first day at the rate.
	Effective     date.Date    `json:"effective_date"`
	MonthlyAmount money.Amount `json:"monthly_amount"`
	// Reason is why the rate changed; it is empty for a line's first rate.
	Reason ReasonCode `json:"reason_code"`
}

// RateOn returns the rate on a day. For a day before the first rate it returns the first. It is
// zero for a line without rates.
func (l Line) RateOn(day date.Date) (rate Rate) {
	for i, r := range l.Rates {
		if i == 0 || !day.Before(r.Effective) {
			rate = r
		}
	}
	return rate
}

// MonthlyAmount returns the monthly amount on the first day that is not billed yet.
func (l Line) MonthlyAmount() money.Amount { return l.RateOn(l.NextCycle).MonthlyAmount }

// CycleAmountOn returns the cost of one whole cycle at the rate on a day: its monthly amount times
// the months of the cycle.
func (l Line) CycleAmountOn(day date.Date) (money.Amount, error) {
	amount, err := l.RateOn(day).MonthlyAmount.Times(l.BillCycle.Months())
	if err != nil {
		return money.Amount{}, fmt.Errorf("cycle amount of line %d: %w", l.ID, err)
	}
	return amount, nil
}
