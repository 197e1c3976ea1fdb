package lives_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// A line can be imported elsewhere with days to bill again that no credit names: an invoice that was
// released billed them together with days that were credited.
func TestReleasedLineMoves(t *testing.T) {
	w, day := billingtest.Fresh(t, database.SQLite), billingtest.Day
	billingtest.LoadPlain(w, 1, "2024-01-01", "31.00")
	w.Exec(`UPDATE line_cycles SET next_cycle_date = '2024-01-02'`)
	check := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{AdjustBilled: true, Rate: line.Rate{Effective: day("2024-01-01"), MonthlyAmount: billingtest.USD("62.00"), Reason: "PRICE"}}))
	check(w.Lines.MoveNextCycle(billingtest.As, 1, day("2024-01-01"), ""))
	w.Bill("2024-01-01")
	check(w.Lines.Cancel(billingtest.As, 1, line.Cancel{Effective: day("2024-01-31"), Reason: "LEFT"}))
	check(w.Invoicing.Void(billingtest.As, w.Numbered()[0].ID, "Wrong", true, ""))
	w.Bill("2024-01-01")
	exported, err := w.Lines.Get(billingtest.As, 1)
	check(exported, err)
	if len(exported.Unbilled) != 1 || exported.Unbilled[0].Start != day("2024-01-31") {
		t.Fatalf("%+v", exported)
	}
	check(line.SettleImported(billingtest.As, &memory{}, exported, false))
}

// A draft can be discarded after the next cycle date was moved on over paused days, which nothing bills.
func TestDiscardPassesPausedDays(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		day := billingtest.Day
		billingtest.LoadPlain(w, 1, "2026-01-01", "31.00")
		check := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(w.Lines.Pause(billingtest.As, 1, line.Pausing{From: day("2026-01-11"), Reason: "AWAY"}))
		w.LeaveDrafts("2026-01-01")
		check(w.Lines.MoveNextCycle(billingtest.As, 1, day("2026-01-21"), ""))
		check(nil, w.Invoicing.Delete(billingtest.As, w.Drafts()[0].ID, ""))
		l, err := w.Lines.Get(billingtest.As, 1)
		check(l, err)
		if l.NextCycle != day("2026-01-01") {
			t.Errorf("the next cycle date is %s", l.NextCycle)
		}
	})
}
