package run_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// Line 1 costs 10.00 a month and line 2 costs 11.01, in quarters from Jan 31.
func TestRunsBillRatesAndCredits(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := billingtest.New(t, db)
		w.LoadCustomers(1, 2)
		w.Bill("2026-03-01")
		want := []string{"1 2026-01-01 1000", "2 2026-01-31 3303", "1 2026-02-01 1000", "1 2026-03-01 1000"}
		if diff := cmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
		for _, rate := range []line.Rate{
			{Effective: billingtest.Day("2026-03-15"), MonthlyAmount: billingtest.USD("15.00"), Reason: "UP"}, // inside a billed period
			{Effective: billingtest.Day("2026-04-16"), MonthlyAmount: billingtest.USD("30.00"), Reason: "UP"}, // inside the next
		} {
			if _, err := w.Lines.ChangeRate(billingtest.As, 1, line.RateChange{Rate: rate}); err != nil {
				t.Fatal(err)
			}
		}
		w.Bill("2026-04-01")
		want = append(want, "1 2026-04-01 750", "1 2026-04-16 1500")
		if diff := cmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
			t.Fatalf("billed after the rates changed (-want +got):\n%s", diff)
		}
		// The amount billed from Apr 11 on: 5 of 30 days at 15.00, and 15 at 30.00.
		cancelled, err := w.Lines.Cancel(billingtest.As, 1, line.Cancel{Effective: billingtest.Day("2026-04-11"), Reason: "MOVED", Credit: true})
		if err != nil || cancelled.Cancellation.Credit != billingtest.USD("17.50") {
			t.Fatalf("credit %v, %v", cancelled.Cancellation.Credit, err)
		}
		w.Bill("2026-05-01")
		want = append(want, "2 2026-04-30 3303", "1 2026-04-11 -1750")
		if diff := cmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
			t.Fatalf("billed after the cancellation (-want +got):\n%s", diff)
		}
		if _, err := w.Lines.Uncancel(billingtest.As, 1, ""); !errors.Is(err, fault.FailedPrecondition) {
			t.Errorf("taking back a cancellation whose credit is billed: %v", err)
		}
	})
}
