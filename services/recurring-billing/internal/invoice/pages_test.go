package invoice_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// Pages of drafts miss none and repeat none, while others are finalized and deleted.
func TestPagesOfDraftsStayStable(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(12, 4)
		w.Exec(`UPDATE recurring_lines SET currency = 'EUR' WHERE id % 2 = 0`)
		w.LeaveDrafts("2026-02-01")
		w.LeaveDrafts("2026-03-10")
		all := w.Drafts()
		if !slices.IsSortedFunc(all, byPlace) || len(all) < 30 {
			t.Fatalf("%d drafts, sorted %v", len(all), slices.IsSortedFunc(all, byPlace))
		}
		var seen []string
		gone := map[string]bool{}
		var after invoice.Place
		for {
			page, err := w.Invoicing.List(billingtest.As, invoice.Filter{State: invoice.Draft}, after, 4)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, draft := range page {
				seen, after = append(seen, string(draft.ID)), draft.Place()
			}
			last := slices.IndexFunc(all, func(i invoice.Invoice) bool { return string(i.ID) == seen[len(seen)-1] })
			if _, err := w.Invoicing.Finalize(billingtest.As, all[last].ID, ""); err != nil { // one that was listed
				t.Fatal(err)
			}
			if later := last + 2; later < len(all) { // one that is yet to be
				gone[string(all[later].ID)] = true
				if _, err := w.Invoicing.Finalize(billingtest.As, all[later].ID, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		var want []string
		for _, draft := range all {
			if !gone[string(draft.ID)] {
				want = append(want, string(draft.ID))
			}
		}
		if diff := gocmp.Diff(want, seen); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		for _, filter := range []invoice.Filter{{BillTo: 3}, {Run: 2}, {From: billingtest.Day("2026-03-01")}, {Customer: 3}} {
			filter.State = invoice.Draft
			for _, draft := range w.Listed(filter) {
				if filter.BillTo+catalogue.BillToID(filter.Customer) != 0 && draft.BillTo != 3 || filter.BillTo+catalogue.BillToID(filter.Customer) == 0 && draft.Run != 2 {
					t.Errorf("%+v finds %s", filter, draft.ID)
				}
			}
		}
	})
}

// byPlace is the order of drafts in a list.
func byPlace(a, b invoice.Invoice) int {
	return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.BillTo, b.BillTo), cmp.Compare(a.Currency, b.Currency))
}
