package line_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// What would bill a day twice or never, or leaves days as they are billed, is refused with the days. Line
// 1 costs 31.00 a month from January 1, and is billed until March 31 on invoices of January and March.
func TestRefusalsNameTheDays(t *testing.T) {
	day := billingtest.Day
	cancelled := func(t *testing.T, w *billingtest.Fixture) {
		t.Helper()
		if _, err := w.Lines.Cancel(billingtest.As, 1, line.Cancel{Effective: day("2026-03-11"), Reason: "LEFT"}); err != nil {
			t.Fatal(err)
		}
	}
	as := func(t *testing.T, w *billingtest.Fixture) { t.Helper() }
	for name, c := range map[string]struct {
		before func(*testing.T, *billingtest.Fixture)
		do     func(*billingtest.Fixture) error
		// reason and days are what the refusal names.
		reason, days string
	}{
		"an earlier next cycle date": {as, func(w *billingtest.Fixture) error {
			_, err := w.Lines.MoveNextCycle(billingtest.As, 1, day("2026-02-15"), "")
			return err
		}, "PERIOD_BILLED", "from 2026-02-01 to 2026-03-31"},
		"a later next cycle date": {as, func(w *billingtest.Fixture) error {
			_, err := w.Lines.MoveNextCycle(billingtest.As, 1, day("2026-05-01"), "")
			return err
		}, "DAYS_SKIPPED", "from 2026-04-01 to 2026-04-30"},
		"an earlier invoice": {as, func(w *billingtest.Fixture) error {
			_, err := w.Invoicing.Void(billingtest.As, "1-1-USD", "Wrong", true, "")
			return err
		}, "PERIODS_NOT_LATEST", "line 1 (from 2026-02-01 to 2026-03-31)"},
		"a pause of a cancelled line": {cancelled, func(w *billingtest.Fixture) error {
			_, err := w.Lines.Pause(billingtest.As, 1, line.Pausing{From: day("2026-03-01"), Until: day("2026-03-21"), Reason: "AWAY"})
			return err
		}, "ALREADY_CANCELLED", "from 2026-03-11 to 2026-03-20"},
		"a rate for billed days of a cancelled line": {cancelled, func(w *billingtest.Fixture) error {
			_, err := w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{AdjustBilled: true, Rate: line.Rate{Effective: day("2026-02-01"), MonthlyAmount: billingtest.USD("40.00"), Reason: "PRICE"}})
			return err
		}, "ALREADY_CANCELLED", "from 2026-03-11 to 2026-03-31"},
	} {
		t.Run(name, func(t *testing.T) {
			w := billingtest.Fresh(t, database.SQLite)
			billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
			w.Bill("2026-01-01")
			w.Bill("2026-03-01")
			c.before(t, w)
			known, ok := fault.As(c.do(w))
			if !ok {
				t.Fatal("it is not refused")
			}
			reason, text := string(known.Reason), known.Message
			if len(known.Violations) > 0 {
				reason, text = string(known.Violations[0].Reason), known.Violations[0].Description
			}
			if reason != c.reason || !strings.Contains(text, c.days) {
				t.Errorf("%s: %s, want %s with %q", reason, text, c.reason, c.days)
			}
		})
	}
}

// A change of the cycle by a rate change keeps the anchor, or begins a full period on the next cycle date.
// A line of 31.00 from January 1 is billed until February 28, and quarterly from then on.
func TestRateChangeRestartsPeriods(t *testing.T) {
	for name, c := range map[string]struct {
		restart bool
		anchor  string
		billed  int64
	}{
		"what is left of the quarter": {false, "2026-01-01", 3100},
		"a full quarter":              {true, "2026-03-01", 9300},
	} {
		t.Run(name, func(t *testing.T) {
			w := billingtest.Fresh(t, database.SQLite)
			billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
			w.Bill("2026-02-01")
			changed, err := w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{
				BillCycle: line.Quarterly, Restart: c.restart, Rate: line.Rate{Effective: billingtest.Day("2026-09-01"), MonthlyAmount: billingtest.USD("40.00"), Reason: "PRICE"},
			})
			if err != nil || changed.AnchorDate() != billingtest.Day(c.anchor) {
				t.Fatalf("%+v, %v", changed, err)
			}
			w.Bill("2026-03-01")
			if billed := w.Numbered(); billed[len(billed)-1].Total != c.billed {
				t.Errorf("%d is billed, want %d", billed[len(billed)-1].Total, c.billed)
			}
		})
	}
}
