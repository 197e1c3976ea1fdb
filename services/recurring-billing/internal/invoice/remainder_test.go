package invoice_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// A credit of an amount other than what was billed counts for all of its days, as far as it goes.
func TestImportedCreditLeavesRemainder(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		w.Bill("2026-01-01")
		w.Bill("2026-02-01")
		left, err := w.Lines.Cancel(billingtest.As, 1, line.Cancel{Effective: billingtest.Day("2026-01-01"), Reason: "LEFT", Credit: true})
		if err != nil || left.Cancellation.Credit.Minor() != 2000 {
			t.Fatalf("%v, error %v", left.Cancellation, err)
		}
		for _, test := range []struct {
			credit string
			want   []string
		}{{"20.00", []string{"", ""}}, {"5.01", []string{"7.49", "7.50"}}, {"26.00", []string{"", ""}}} {
			w.Exec(`UPDATE line_credits SET amount = $1`, test.credit)
			for i, inv := range w.Numbered() {
				note, err := w.Invoicing.CreateCreditNote(mutation.ValidateOnly(billingtest.As), invoice.Credit{Invoice: inv.ID, Reason: "x", Items: []invoice.CreditItem{{Position: 1}}})
				if test.want[i] == "" {
					if known, ok := fault.As(err); !ok || known.Reason != "NOTHING_LEFT" {
						t.Errorf("of a credit of %s, invoice %s: %v, error %v", test.credit, inv.ID, note, err)
					}
				} else if err != nil || note.Total != billingtest.USD(test.want[i]).Minor() {
					t.Errorf("of a credit of %s, invoice %s: %v, error %v", test.credit, inv.ID, note, err)
				}
			}
		}
	})
}
