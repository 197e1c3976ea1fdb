package line_test

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
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

// charges are what invoices charge a line.
type charges []billing.Paid

func (c charges) Charged(context.Context, line.ID, billing.Span, money.Currency) (line.Charged, error) {
	return line.Charged{Charges: c}, nil
}

// A rate is not billed because another one of the same amount is: the charge tells the rate's date. Days
// that are billed at it count wherever the line's rates begin now.
func TestLowerAsksWhichRateWasBilled(t *testing.T) {
	day := billingtest.Day
	rate := func(effective, from, amount string) line.Rate {
		given := line.Rate{Effective: day(effective), MonthlyAmount: billingtest.USD(amount), Reason: "YEARLY"}
		if from != effective {
			given.AppliesFrom = day(from)
		}
		return given
	}
	raised := rate("2026-02-01", "2026-02-10", "34.10")
	march := func(effective string) billing.Paid {
		paid := billing.Paid{Charge: billing.Charge{Span: billing.Span{Start: day("2026-03-01"), End: day("2026-04-01")}}}
		paid.Monthly, paid.Months, paid.Rate = 3410, 1, billing.RateDates{Effective: day(effective), From: day("2026-03-01")}
		return paid
	}
	for effective, kept := range map[string]bool{"2026-03-01": false, "2026-02-01": true} {
		l := line.Line{
			Start: day("2026-01-01"), NextCycle: day("2026-04-01"), Unbilled: []billing.Span{{Start: day("2026-02-10"), End: day("2026-03-01")}},
			Rates: []line.Rate{rate("2026-01-01", "2026-01-01", "31.00"), raised, rate("2026-03-01", "2026-03-01", "34.10")},
		}
		if err := l.Lower(t.Context(), charges{march(effective)}, line.Raise{Rate: raised}); (err != nil) != kept {
			t.Errorf("billed at the rate of %s: %v", effective, err)
		}
	}
}

// A rate that counts only for days on which nothing is billed is not given: the line is paused from
// February 10 until March 1.
func TestRaiseNeedsADayToBill(t *testing.T) {
	day := billingtest.Day
	march := line.Rate{Effective: day("2026-03-01"), MonthlyAmount: billingtest.USD("40.00"), Reason: "PRICE"}
	for name, c := range map[string]struct {
		from string
		// next is another rate that follows, and end the line's end.
		next []line.Rate
		end  string
		// why is the reason of the refusal; empty if the rate is given.
		why string
	}{
		"paused until the next rate":   {"2026-02-10", []line.Rate{march}, "", "DAYS_PAUSED"},
		"inside the pause":             {"2026-02-20", []line.Rate{march}, "", "DAYS_PAUSED"},
		"paused until the end":         {"2026-02-10", nil, "2026-03-01", "DAYS_PAUSED"},
		"a day before the pause":       {"2026-02-09", []line.Rate{march}, "", ""},
		"days behind the pause":        {"2026-02-10", nil, "", ""},
		"the day before the end":       {"2026-02-10", nil, "2026-03-02", ""},
		"another rate counts after it": {"2026-02-10", []line.Rate{{Effective: day("2026-02-10"), MonthlyAmount: billingtest.USD("40.00"), Reason: "PRICE"}}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := line.Line{
				Start: day("2026-01-01"), NextCycle: day("2026-02-01"), Pauses: []line.Pause{{From: day("2026-02-10"), Until: day("2026-03-01"), Reason: "AWAY"}},
				Rates: append([]line.Rate{{Effective: day("2026-01-01"), MonthlyAmount: billingtest.USD("31.00")}}, c.next...),
			}
			if c.end != "" {
				l.End = day(c.end)
			}
			rates := len(l.Rates)
			_, err := l.Raise(t.Context(), uncharged{}, day(c.from), "YEARLY", func(money.Amount) (money.Amount, error) { return billingtest.USD("34.10"), nil })
			refused, _ := fault.As(err)
			switch {
			case c.why == "" && err != nil:
				t.Error(err)
			case c.why != "" && (refused == nil || string(refused.Reason) != c.why || len(l.Rates) != rates):
				t.Errorf("%v, want %s: %+v", err, c.why, l.Rates)
			}
		})
	}
}
