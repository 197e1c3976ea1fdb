package line_test

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Of two rates that were asked for alike, the last is withdrawn: it is not billed, as the first is.
func TestLowerWithdrawsTheLastOfEqualRates(t *testing.T) {
	rate := func(from, amount string, why line.ReasonCode) line.Rate {
		return line.Rate{Effective: billingtest.Day("2026-01-01"), AppliesFrom: billingtest.Day(from), MonthlyAmount: billingtest.USD(amount), Reason: why}
	}
	raised := rate("2026-04-01", "34.10", "YEARLY")
	l := line.Line{
		Start: billingtest.Day("2026-01-01"), NextCycle: billingtest.Day("2026-04-01"),
		Rates: []line.Rate{rate("2026-01-01", "31.00", ""), rate("2026-02-01", "34.10", "YEARLY"), rate("2026-03-01", "31.00", "BACK"), raised},
	}
	if err := l.Lower(t.Context(), uncharged{}, line.Raise{Rate: raised}); err != nil || len(l.Rates) != 3 || l.Rates[2].Reason != "BACK" {
		t.Errorf("%+v, %v", l.Rates, err)
	}
}

// A rate without which a line would have none stays.
func TestLowerLeavesARate(t *testing.T) {
	only := line.Rate{Effective: billingtest.Day("2026-01-01"), MonthlyAmount: billingtest.USD("34.10"), Reason: "YEARLY"}
	l := line.Line{Start: only.Effective, NextCycle: only.Effective, Rates: []line.Rate{only}}
	if err := l.Lower(t.Context(), uncharged{}, line.Raise{Rate: only}); err == nil || len(l.Rates) != 1 {
		t.Errorf("%+v, %v", l.Rates, err)
	}
}

// uncharged are the charges of a line without invoices.
type uncharged struct{}

func (uncharged) Charged(context.Context, line.ID, billing.Span, money.Currency) (line.Charged, error) {
	return line.Charged{}, nil
}
