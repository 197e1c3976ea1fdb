package billingtest

import (
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// LoadCharges gives every third of the customers of LoadCustomers one-off charges: one that is due
// early, a credit in another currency, and one that is due in a year to come.
func (w *Fixture) LoadCharges(customers int) {
	w.T.Helper()
	for id := 1; id <= customers; id += 3 {
		for n, date := range []string{"2026-01-20", "2026-03-05", "2031-01-01"} {
			amount := USD(fmt.Sprintf("%d.50", id))
			if n == 1 {
				amount = money.Amount{Value: amount.Value.Neg(), Currency: "EUR"}
			}
			if _, err := w.Charges.Create(As, charge.Charge{
				BillTo: catalogue.BillToID(id), Item: "mon", Memo: "Once", Date: Day(date), Amount: amount,
			}); err != nil {
				w.T.Fatal(err)
			}
		}
	}
}

// checkCharges checks that each one-off charge stands on the invoice that it names, and on no other.
func (w *Fixture) checkCharges(invoices []invoice.Invoice) {
	w.T.Helper()
	carriers := map[charge.ID]invoice.ID{}
	for _, inv := range invoices {
		for _, id := range inv.BilledCharges() {
			if before, twice := carriers[id]; twice && !inv.Voiding.Released {
				w.T.Errorf("charge %d is billed on %s and %s", id, before, inv.ID)
			}
			if !inv.Voiding.Released {
				carriers[id] = inv.ID
			}
		}
	}
	charges, err := w.Charges.List(As, listing.Numbered("name", charge.ID(0), 1000))
	if err != nil {
		w.T.Fatal(err)
	}
	for _, c := range charges {
		if c.Invoice != string(carriers[c.ID]) {
			w.T.Errorf("charge %d names invoice %q, and stands on %q", c.ID, c.Invoice, carriers[c.ID])
		}
	}
}
