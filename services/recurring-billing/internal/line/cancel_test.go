package line_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// A withdrawn cancellation leaves no gap. A line cancelled from its start holds back no invoice.
func TestUncancelRestoresLine(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		w := billingtest.New(t, db)
		w.LoadCustomers(1, 2)
		if _, err := w.Lines.Cancel(billingtest.As, 1, line.Cancel{Effective: billingtest.Day("2026-01-01"), Reason: "MOVED", Credit: true}); err != nil {
			t.Fatal(err)
		}
		w.Bill("2026-03-01")
		want := []string{"2 2026-01-31 3303"}
		if diff := cmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
		if _, err := w.Lines.Uncancel(billingtest.As, 1, ""); err != nil {
			t.Fatal(err)
		}
		w.Bill("2026-03-01")
		want = append(want, "1 2026-01-01 1000", "1 2026-02-01 1000", "1 2026-03-01 1000")
		if diff := cmp.Diff(want, billingtest.ChargedTexts(w)); diff != "" {
			t.Fatalf("billed (-want +got):\n%s", diff)
		}
	})
}
