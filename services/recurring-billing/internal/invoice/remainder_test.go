package invoice_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
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

// The cancellation of a line and of its discount leaves what they cost until then.
func TestCancelledDiscountLeavesRemainder(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	_, err := w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: 77, Customer: 77, DisplayName: "Left Ltd"})
	if err != nil {
		t.Fatal(err)
	}
	var lines []line.ID
	for _, monthly := range []string{"100.00", "-31.00"} {
		l, err := w.Lines.Create(billingtest.As, line.Line{
			Customer: 77, BillTo: 77, Item: "MON", BillCycle: line.Monthly, Start: billingtest.Day("2026-01-01"),
			Rates: []line.Rate{{MonthlyAmount: billingtest.USD(monthly)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l.ID)
	}
	w.Bill("2026-01-01")
	for _, id := range lines {
		if _, err := w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-01-15"), Reason: "LEFT", Credit: true}); err != nil {
			t.Fatal(err)
		}
	}
	for _, inv := range w.Numbered() {
		if inv.BillTo != 77 {
			continue
		}
		note, err := w.Invoicing.CreateCreditNote(billingtest.As, invoice.Credit{Invoice: inv.ID, Reason: "x"})
		if err != nil || note.Total != 3116 {
			t.Errorf("credited %d of invoice %s, error %v, want 3116", note.Total, inv.ID, err)
		}
		return
	}
	t.Error("nothing was billed")
}
