package runner_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// charged is what every invoice charges: `line from amount` for each part, in minor units.
func (w *world) charged() (all []string) {
	for _, invoice := range w.invoices() {
		for _, item := range invoice.Items {
			for _, part := range item.Parts {
				all = append(all, fmt.Sprintf("%d %s %d", part.Line, part.Span.Start, part.Amount))
			}
		}
	}
	return all
}

// Line 1 costs 10.00 a month and line 2 11.01, in quarters from Jan 31.
func TestRunsBillAtTheRatesOfTheDaysAndCarryCredits(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.customers(1, 2)
		w.run("2026-03-01")
		want := []string{"1 2026-01-01 1000", "2 2026-01-31 3303", "1 2026-02-01 1000", "1 2026-03-01 1000"}
		if diff := cmp.Diff(want, w.charged()); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
		for _, rate := range []domain.Rate{
			{Effective: day("2026-03-15"), MonthlyAmount: usd("15.00"), Reason: "UP"}, // inside a billed period
			{Effective: day("2026-04-16"), MonthlyAmount: usd("30.00"), Reason: "UP"}, // inside the next
		} {
			if _, err := w.lines.ChangeRate(as, 1, domain.RateChange{Rate: rate}, false); err != nil {
				t.Fatal(err)
			}
		}
		w.run("2026-04-01")
		want = append(want, "1 2026-04-01 750", "1 2026-04-16 1500")
		if diff := cmp.Diff(want, w.charged()); diff != "" {
			t.Fatalf("billed after the rates changed (-want +got):\n%s", diff)
		}
		// What was billed from Apr 11 on: 5 of 30 days at 15.00, 15 at 30.00.
		cancelled, err := w.lines.CancelLine(as, 1, domain.Cancel{Effective: day("2026-04-11"), Reason: "MOVED", Credit: true}, false)
		if err != nil || cancelled.Cancellation.Credit != usd("17.50") {
			t.Fatalf("credit %v, %v", cancelled.Cancellation.Credit, err)
		}
		w.run("2026-05-01")
		want = append(want, "2 2026-04-30 3303", "1 2026-04-11 -1750")
		if diff := cmp.Diff(want, w.charged()); diff != "" {
			t.Fatalf("billed after the cancellation (-want +got):\n%s", diff)
		}
		if _, err := w.lines.UncancelLine(as, 1, ""); !errors.Is(err, fault.FailedPrecondition) {
			t.Errorf("taking back a cancellation whose credit is billed: %v", err)
		}
	})
}

// A cancellation that is taken back leaves no gap; a line cancelled from its start holds nobody's invoice up.
func TestACancellationThatIsTakenBackNeverWas(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := newWorld(t, db)
		w.customers(1, 2)
		if _, err := w.lines.CancelLine(as, 1, domain.Cancel{Effective: day("2026-01-01"), Reason: "MOVED", Credit: true}, false); err != nil {
			t.Fatal(err)
		}
		w.run("2026-03-01")
		want := []string{"2 2026-01-31 3303"}
		if diff := cmp.Diff(want, w.charged()); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
		if _, err := w.lines.UncancelLine(as, 1, ""); err != nil {
			t.Fatal(err)
		}
		w.run("2026-03-01")
		want = append(want, "1 2026-01-01 1000", "1 2026-02-01 1000", "1 2026-03-01 1000")
		if diff := cmp.Diff(want, w.charged()); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
	})
}
