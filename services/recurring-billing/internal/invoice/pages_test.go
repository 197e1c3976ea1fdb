package invoice_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// Pages of drafts omit and repeat none while others are finalized and deleted.
func TestDraftPagesAreStable(t *testing.T) {
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
		asked := listing.Query{Where: listing.Is(invoice.FieldState, invoice.Draft), Order: billingtest.ByBillTo, Limit: 4}
		for {
			page, err := w.Invoicing.List(billingtest.As, asked)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			for _, draft := range page {
				seen = append(seen, string(draft.ID))
			}
			if asked.After, err = billingtest.BillToOf(page[len(page)-1]); err != nil {
				t.Fatal(err)
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
		ofBillTo := func(i invoice.Invoice) bool { return i.BillTo == 3 }
		ofRun := func(i invoice.Invoice) bool { return i.Run == 2 }
		all = w.Drafts()
		for _, test := range []struct {
			where listing.Condition
			fits  func(invoice.Invoice) bool
		}{
			{listing.Is(invoice.FieldBillTo, 3), ofBillTo},
			{listing.Is(invoice.FieldCustomer, 3), ofBillTo},
			{listing.Is(invoice.FieldRun, 2), ofRun},
			{listing.Compare{Field: "issue_date", Op: listing.GreaterEqual, Value: "2026-03-01"}, ofRun},
		} {
			query := listing.Query{Where: listing.All(asked.Where, test.where), Order: billingtest.ByBillTo}
			want := ids(slices.DeleteFunc(slices.Clone(all), func(i invoice.Invoice) bool { return !test.fits(i) }))
			if diff := gocmp.Diff(want, ids(w.Listed(query, billingtest.BillToOf))); diff != "" || len(want) == 0 {
				t.Errorf("%+v finds (-want +got):\n%s", test.where, diff)
			}
		}
	})
}

func ids(invoices []invoice.Invoice) (ids []invoice.ID) {
	for _, i := range invoices {
		ids = append(ids, i.ID)
	}
	return ids
}

// byPlace compares drafts by their order in a list.
func byPlace(a, b invoice.Invoice) int {
	return cmp.Or(cmp.Compare(a.Run, b.Run), cmp.Compare(a.BillTo, b.BillTo), cmp.Compare(a.Currency, b.Currency))
}
