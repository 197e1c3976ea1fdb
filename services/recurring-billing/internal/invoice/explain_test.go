package invoice_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// The audit's line of 31.00 a month is billed to bill-to 42 in January, 142 in February, master
// account MA's in March and MB's in April, then to nobody's master, and cancelled as of January 15
// with a credit. Each is credited what it was charged, and the explanation names the invoice.
func TestAuditedCreditsAreExplained(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		check := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for id, customer := range map[catalogue.BillToID]catalogue.CustomerID{42: 42, 142: 42, 7: 70, 8: 80} {
			check(w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: id, Customer: customer, DisplayName: "Audited"}))
		}
		for code, billTo := range map[catalogue.MasterAccountCode]catalogue.BillToID{"MA": 7, "MB": 8} {
			check(w.Catalogue.CreateMasterAccount(billingtest.As, catalogue.MasterAccount{Code: code, Customer: catalogue.CustomerID(10 * billTo), BillTo: billTo}))
		}
		l, err := w.Lines.Create(billingtest.As, line.Line{
			Customer: 42, BillTo: 42, Item: "MON", BillCycle: line.Monthly, Start: billingtest.Day("2026-01-01"), Rates: []line.Rate{{MonthlyAmount: billingtest.USD("31.00")}},
		})
		check(l, err)
		for _, step := range []struct {
			asOf   string
			change line.Change
		}{
			{"2026-01-01", line.Change{BillTo: new(catalogue.BillToID(142))}},
			{"2026-02-01", line.Change{MasterAccount: new(catalogue.MasterAccountCode("MA"))}},
			{"2026-03-01", line.Change{MasterAccount: new(catalogue.MasterAccountCode("MB"))}},
			{"2026-04-01", line.Change{MasterAccount: new(catalogue.MasterAccountCode(""))}},
		} {
			w.Bill(step.asOf)
			check(w.Lines.Change(billingtest.As, l.ID, step.change))
		}
		check(w.Lines.Cancel(billingtest.As, l.ID, line.Cancel{Effective: billingtest.Day("2026-01-15"), Reason: "LEFT", Credit: true}))
		last := w.Bill("2026-04-01")
		var got []string
		for _, inv := range w.Numbered() {
			if inv.Run != last.ID {
				continue
			}
			explanation, err := explainersOf(w).ExplainInvoice(billingtest.As, &pb.ExplainInvoiceRequest{Name: "invoices/" + string(inv.ID)})
			check(explanation, err)
			for _, item := range explanation.GetItems() {
				for _, of := range item.GetCredit().GetCharges() {
					got = append(got, fmt.Sprintf("%s %d.%02d of %s", item.GetCredit().GetBillTo(), of.GetAmount().GetUnits(), of.GetAmount().GetNanos()/10_000_000, of.GetInvoice()))
				}
			}
		}
		if diff := gocmp.Diff([]string{
			"billTos/7 31.00 of invoices/3-7-USD", "billTos/8 31.00 of invoices/4-8-USD",
			"billTos/42 17.00 of invoices/1-42-USD", "billTos/142 31.00 of invoices/2-142-USD",
		}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// What an older program billed is explained as far as it recorded it.
func TestOlderInvoicesAreExplainedAsFarAsKnown(t *testing.T) {
	billingtest.Each(t, func(t *testing.T, w *billingtest.Fixture) {
		w.LoadCustomers(1, 1)
		id := loner(t, w, line.Line{BillDay: 1})
		if _, err := w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-02-11"), Reason: "LEFT"}); err != nil {
			t.Fatal(err)
		}
		w.Bill("2026-02-01")
		parts := func() (found []*pb.PartExplanation) {
			t.Helper()
			for _, inv := range w.Numbered() {
				explanation, err := explainersOf(w).ExplainInvoice(billingtest.As, &pb.ExplainInvoiceRequest{Name: "invoices/" + string(inv.ID)})
				if err != nil {
					t.Fatal(err)
				}
				for _, item := range explanation.GetItems() {
					if inv.BillTo == 77 {
						found = append(found, item.GetParts()...)
					}
				}
			}
			return found
		}
		for _, part := range parts() {
			if part.GetNotKnown() != "" || part.GetReckoning() == nil {
				t.Errorf("%v", part)
			}
		}
		w.Exec(`UPDATE invoice_items SET items = REPLACE(items, ',"since":"2026-01-01"', '')`)
		for _, part := range parts() {
			if part.GetNotKnown() == "" || part.GetReckoning() == nil || part.GetPrice().GetMonthlyAmount().GetUnits() != 31 || part.GetPrice().GetRateEffectiveDate() != nil {
				t.Errorf("without its rate's dates: %v", part)
			}
		}
		w.Exec(`UPDATE invoice_items SET items = REPLACE(items, ',"rate":"31.00"', '')`)
		older := parts()
		if whole := older[0]; whole.GetReckoning() == nil || whole.GetPrice().GetMonthlyAmount().GetUnits() != 31 {
			t.Errorf("a whole period: %v", whole)
		}
		if broken := older[1]; broken.GetReckoning() != nil || broken.GetPrice() != nil || broken.GetNotKnown() == "" || broken.GetAmount().GetUnits() != 11 {
			t.Errorf("a broken period: %v", broken)
		}
	})
}

// creditsOf returns the explained credits of an invoice.
func creditsOf(t *testing.T, w *billingtest.Fixture, id invoice.ID) (found []*pb.CreditExplanation) {
	t.Helper()
	explanation, err := explainersOf(w).ExplainInvoice(billingtest.As, &pb.ExplainInvoiceRequest{Name: "invoices/" + string(id)})
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range explanation.GetItems() {
		if item.GetCredit() != nil {
			found = append(found, item.GetCredit())
		}
	}
	return found
}

// wantUnknown checks that a credit is not explained by charges that it was not granted for.
func wantUnknown(t *testing.T, credits []*pb.CreditExplanation) {
	t.Helper()
	if len(credits) != 1 || len(credits[0].GetCharges()) != 0 || !strings.Contains(credits[0].GetGiven(), "not known") || slices.Contains(credits[0].GetRules(), int32(billing.RuleGiven)) {
		t.Errorf("%v", credits)
	}
}

// Days billed elsewhere were credited at the rate and the cycle of the line at that time, which the
// credit keeps. One that an older program granted is explained by the present ones, where those give
// the amount.
func TestCreditsOfDaysBilledElsewhere(t *testing.T) {
	rated := func(t *testing.T, w *billingtest.Fixture, id line.ID) {
		t.Helper()
		rated(t, w, id, "2026-02-01", "62.00", true)
	}
	cancelled := func(t *testing.T, w *billingtest.Fixture, id line.ID) {
		t.Helper()
		if _, err := w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-02-10"), Reason: "LEFT", Credit: true}); err != nil {
			t.Fatal(err)
		}
	}
	paused := func(t *testing.T, w *billingtest.Fixture, id line.ID) {
		t.Helper()
		if _, err := w.Lines.Pause(billingtest.As, id, line.Pausing{From: billingtest.Day("2026-01-20"), Until: billingtest.Day("2026-02-10"), Reason: "AWAY"}); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func(*testing.T, *billingtest.Fixture, line.ID)
		// known tells whether the present rate and cycle give the amount too.
		known bool
	}{"another rate": {rated, false}, "cancelled": {cancelled, true}, "paused": {paused, true}} {
		for _, older := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, older: %t", name, older), func(t *testing.T) {
				w := billingtest.Fresh(t, database.SQLite)
				w.LoadCustomers(1, 1)
				id := loner(t, w, line.Line{NextCycle: billingtest.Day("2026-03-01")})
				c.change(t, w, id)
				if older {
					w.Exec(`UPDATE line_credits SET elsewhere = NULL`)
				} else if _, err := w.Lines.Change(billingtest.As, id, line.Change{BillCycle: new(line.Annual), Restart: true}); err != nil {
					t.Fatal(err)
				}
				w.Bill("2026-02-01")
				credits := creditsOf(t, w, "1-77-USD")
				if older && !c.known {
					wantUnknown(t, credits)
				} else if len(credits) != 1 || len(credits[0].GetCharges()) == 0 || credits[0].GetGiven() != "" || credits[0].GetCharges()[0].GetPrice().GetMonthlyAmount().GetUnits() != 31 {
					t.Errorf("%v", credits)
				}
			})
		}
	}
}

// A credit on an invoice that was voided is not explained by what later invoices bill for its days.
func TestVoidedCreditsAreNotExplainedByLaterInvoices(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	id := loner(t, w, line.Line{})
	check := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	w.Bill("2026-01-01")
	check(w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-01-15"), Reason: "LEFT", Credit: true}))
	w.Bill("2026-01-01")
	for _, billed := range []invoice.ID{"2-77-USD", "1-77-USD"} {
		check(w.Invoicing.Void(billingtest.As, billed, "Wrong", true, ""))
		if billed == "2-77-USD" {
			check(w.Lines.Uncancel(billingtest.As, id, ""))
		}
	}
	rated(t, w, id, "2026-01-01", "62.00", false)
	w.Bill("2026-01-01")
	wantUnknown(t, creditsOf(t, w, "2-77-USD"))
}
