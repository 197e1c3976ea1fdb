package increase

import (
	"context"
	"errors"
	"testing"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

func amount(text string) money.Amount {
	return money.Amount{Value: decimal.MustParse(text), Currency: "USD"}
}

// The new amount is exact, then rounded half up, then bounded.
func TestNewAmounts(t *testing.T) {
	percent := func(text string) Plan { return Plan{Percent: decimal.MustParse(text)} }
	for name, c := range map[string]struct {
		plan      Plan
		old, want string
	}{
		"percent":                   {percent("3.5"), "29.95", "31.00"},                                                                          // 30.99825
		"percent, half a cent":      {percent("10"), "0.05", "0.06"},                                                                             // 0.055
		"percent, less":             {percent("-10"), "29.95", "26.96"},                                                                          // 26.955
		"percent of nothing":        {percent("10"), "0.00", "its amount stays the same"},                                                        // 0
		"percent, small":            {percent("0.000001"), "1000000.00", "1000000.01"},                                                           // 0.01
		"percent too small":         {percent("0.1"), "1.00", "its amount stays the same"},                                                       // 1.001
		"amount":                    {Plan{Amount: amount("2.00")}, "29.95", "31.95"},                                                            //
		"amount below zero":         {Plan{Amount: amount("-50.00")}, "29.95", "0.00"},                                                           //
		"override":                  {Plan{Override: amount("35.00")}, "29.95", "35.00"},                                                         //
		"override with nothing":     {Plan{Override: amount("0.00")}, "29.95", "0.00"},                                                           //
		"at least":                  {Plan{Percent: decimal.MustParse("1"), Minimum: amount("1.00")}, "29.95", "30.95"},                          // 30.2495
		"at most":                   {Plan{Percent: decimal.MustParse("50"), Maximum: amount("5.00")}, "29.95", "34.95"},                         // 44.925
		"to five cents":             {Plan{Percent: decimal.MustParse("3.5"), RoundTo: amount("0.05")}, "29.90", "30.95"},                        // 30.9465
		"to a dollar":               {Plan{Percent: decimal.MustParse("3.5"), RoundTo: amount("1.00")}, "29.95", "31.00"},                        // 30.99825
		"to a dollar, half":         {Plan{Amount: amount("0.55"), RoundTo: amount("1.00")}, "29.95", "31.00"},                                   // 30.50
		"to a dollar, at most":      {Plan{Percent: decimal.MustParse("2"), RoundTo: amount("1.00"), Maximum: amount("1.00")}, "29.95", "30.95"}, // 30.549, 31.00
		"to five dollars, below":    {Plan{Percent: decimal.MustParse("1"), RoundTo: amount("5.00")}, "31.00", "its amount stays the same"},      // 31.31, 30.00
		"to five dollars, least":    {Plan{Percent: decimal.MustParse("1"), RoundTo: amount("5.00"), Minimum: amount("0.50")}, "31.00", "31.50"}, // 31.31, 30.00
		"less, to five dollars":     {Plan{Percent: decimal.MustParse("-1"), RoundTo: amount("5.00")}, "33.00", "its amount stays the same"},     // 32.67, 35.00
		"amount, to five dollars":   {Plan{Amount: amount("1.00"), RoundTo: amount("5.00")}, "31.00", "its amount stays the same"},               // 32.00, 30.00
		"override, to five dollars": {Plan{Override: amount("32.00"), RoundTo: amount("5.00")}, "31.00", "its amount stays the same"},            // 30.00
		"a discount":                {percent("10"), "-5.00", "it is a discount"},
		"another currency's amount": {Plan{Amount: money.Amount{Value: decimal.MustParse("100"), Currency: "JPY"}}, "5.00", "its amount is in USD, not in JPY"},
	} {
		got, err := c.plan.next(amount(c.old))
		text := got.Value.String()
		if err != nil {
			text = err.Error()
		}
		if want := c.want; text != want {
			t.Errorf("%s: %s becomes %s, want %s", name, c.old, text, want)
		}
	}
}

// changedMeanwhile stores a line that somebody else has changed.
type changedMeanwhile struct{ LineWriter }

func (changedMeanwhile) UpdateLine(context.Context, *line.Line) error { return mutation.ErrStale }

func (changedMeanwhile) ReplaceRates(context.Context, line.ID, []line.Rate) error {
	return errors.New("the new rate is there already")
}

// A line that was changed meanwhile is stale, whatever its rates are by then.
func TestALineThatWasChangedMeanwhileIsStale(t *testing.T) {
	if err := keep(t.Context(), changedMeanwhile{}, &line.Line{}); !errors.Is(err, mutation.ErrStale) {
		t.Error(err)
	}
}
