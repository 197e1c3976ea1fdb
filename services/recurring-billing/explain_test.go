package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	native "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
)

// explanations returns the explained items of the run's invoices, read one by one.
func (f *fixture) explanations(t testing.TB, run *native.CycleRun) (items []*native.ItemExplanation) {
	t.Helper()
	for _, made := range f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())}) {
		for token := ""; ; {
			page := must(f.invoices.ExplainInvoice(t.Context(), &native.ExplainInvoiceRequest{Name: made.GetName(), PageSize: 1, PageToken: token}))(t)
			items = append(items, page.GetItems()...)
			if token = page.GetNextPageToken(); token == "" {
				break
			}
		}
	}
	return items
}

// reckoned writes a reckoning as `shares = fraction of amount = cents`.
func reckoned(r *native.Reckoning) (text string) {
	if r == nil {
		return "nothing"
	}
	for _, share := range r.GetShares() {
		if months := share.GetWholeMonths(); months > 0 {
			text += fmt.Sprintf("%d months, ", months)
		} else {
			text += fmt.Sprintf("%d/%d, ", share.GetDays(), share.GetOfDays())
		}
	}
	return text + fmt.Sprintf("%d/%d of %d = %d", r.GetNumerator(), r.GetDenominator(), cents(r.GetOfAmount()), cents(r.GetAmount()))
}

// A line is billed to one bill-to after another, and cancelled with a credit: each is credited what
// it was charged, and the explanation says on which invoice.
func TestACreditIsExplainedByWhatWasCharged(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		must(f.billTos.CreateBillTo(t.Context(), &native.CreateBillToRequest{BillToId: "78", BillTo: &native.BillTo{CustomerId: 77, DisplayName: "Also Ltd"}}))(t)
		f.invoiced(t, day(2026, 2, 1))
		f.moved(t, line.GetName(), "billTos/78")
		f.runOf(t, day(2026, 3, 1), "billTos/78")
		must(f.lines.CancelRecurringLine(t.Context(), &native.CancelRecurringLineRequest{
			Name: line.GetName(), EffectiveDate: day(2026, 2, 15), ReasonCode: "LEFT", Credit: true,
		}))(t)
		var got []string
		for _, item := range f.explanations(t, f.runOf(t, day(2026, 3, 1), "billTos/77", "billTos/78")) {
			credit := item.GetCredit()
			for _, of := range credit.GetCharges() {
				got = append(got, fmt.Sprintf("%s %s %s %d: %s less %s, charged %d", credit.GetBillTo(), credit.GetReason(), credit.GetReasonCode(), cents(item.GetAmount()),
					reckoned(of.GetReckoning()), reckoned(of.GetReckonedBefore()), cents(of.GetChargedAmount())))
			}
		}
		if diff := gocmp.Diff([]string{
			"billTos/77 REASON_CANCELLATION LEFT -1400: 1 months, 1/1 of 2800 = 2800 less 14/28, 1/2 of 2800 = 1400, charged 2800",
			"billTos/78 REASON_CANCELLATION LEFT -2800: 1 months, 1/1 of 2800 = 2800 less nothing, charged 2800",
		}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// Days that are billed again at another rate are explained by the new rate with its date, and name
// the invoice that billed them before.
func TestDaysBilledAgainAreExplained(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		f.adjustedLine(t)
		items := f.explanations(t, f.runOf(t, day(2026, 3, 1), "billTos/78"))
		part := items[0].GetParts()[0]
		if got, want := reckoned(part.GetReckoning())+" less "+reckoned(part.GetReckonedBefore()), "1 months, 1/1 of 5600 = 5600 less 14/28, 1/2 of 5600 = 2800"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if before := part.GetBilledBefore(); len(before) != 1 || before[0].GetInvoice() == "" || !protoEqual(before[0].GetStartDate(), day(2026, 2, 15)) {
			t.Errorf("billed before: %v", before)
		}
		if price := part.GetPrice(); !protoEqual(price.GetRateEffectiveDate(), day(2026, 2, 15)) || !protoEqual(price.GetMonthlyAmount(), usd(56, 0)) {
			t.Errorf("price: %v", price)
		}
		if !slices.Contains(part.GetRules(), 19) || part.GetNotKnown() != "" {
			t.Errorf("%v", part)
		}
	})
}

// An explanation names rules in words, and no page of another invoice can be read by its token.
func TestExplanationsNameTheirRules(t *testing.T) {
	f := open(t, true)
	run := f.run(t, &native.CycleRun{AsOfDate: day(2026, 3, 1)})
	made := f.allInvoices(t, &native.ListInvoicesRequest{Filter: ofRun(run.GetName())})
	first := must(f.invoices.ExplainInvoice(t.Context(), &native.ExplainInvoiceRequest{Name: made[0].GetName(), PageSize: 1}))(t)
	for _, number := range first.GetItems()[0].GetRules() {
		if !slices.ContainsFunc(first.GetRules(), func(rule *native.BillingRule) bool { return rule.GetNumber() == number && rule.GetText() != "" }) {
			t.Errorf("rule %d is named only", number)
		}
	}
	if first.GetNextPageToken() == "" {
		t.Fatalf("one item on %v", made[0])
	}
	_, err := f.invoices.ExplainInvoice(t.Context(), &native.ExplainInvoiceRequest{Name: made[1].GetName(), PageToken: first.GetNextPageToken()})
	wantFaults(t, err, "page_token INVALID_PAGE_TOKEN")
	_, err = f.invoices.ExplainInvoice(t.Context(), &native.ExplainInvoiceRequest{Name: "invoices/1-9999-USD"})
	wantReason(t, err, "NOT_FOUND")
}
