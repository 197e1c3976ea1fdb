package line

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// maxRates is the most rates that a line may have.
const maxRates = 1000

// ReasonCode is why a rate changed or a line was cancelled: a word of the caller's. (Sedona: RMRReasonCode.)
type ReasonCode string

// Rate is what a month of a line costs from a date on, until the line's next rate begins.
type Rate struct {
	// Effective is the first day at the rate.
	Effective     date.Date    `json:"effective_date"`
	MonthlyAmount money.Amount `json:"monthly_amount"`
	// Reason is why the rate changed, empty for a line's first.
	Reason ReasonCode `json:"reason_code"`
}

// RateOn is the rate of a day: the last that begins on it or before it, and for a day before them all the first. It is
// the zero Rate for a line that has none.
func (l Line) RateOn(day date.Date) (rate Rate) {
	for i, r := range l.Rates {
		if i == 0 || !day.Before(r.Effective) {
			rate = r
		}
	}
	return rate
}

// MonthlyAmount is what one month costs: the rate of the first day that is not billed yet.
func (l Line) MonthlyAmount() money.Amount { return l.RateOn(l.NextCycle).MonthlyAmount }

// CycleAmountOn is what one whole cycle costs at the rate of a day: its monthly amount times the months of the cycle.
func (l Line) CycleAmountOn(day date.Date) (money.Amount, error) {
	amount, err := l.RateOn(day).MonthlyAmount.Times(l.BillCycle.Months())
	if err != nil {
		return money.Amount{}, fmt.Errorf("cycle amount of line %d: %w", l.ID, err)
	}
	return amount, nil
}
