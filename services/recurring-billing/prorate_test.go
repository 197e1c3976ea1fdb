package recurringbilling_test

import (
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	vendor "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// A line from 15 April whose next cycle date is 1 April is billed for the rest of April, and whole
// months after it; one with 1 May is not billed for April. (The vendor's manual on prorating.)
func TestNextCycleDateBeforeStartProrates(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		for next, want := range map[string][]string{
			"04/01/2026": {"billTos/1 04-15 1600", "billTos/1 05-01 3000"}, "05/01/2026": {"billTos/1 05-01 3000"},
		} {
			body := creation()
			body.BillCycle, body.MonthlyAmount, body.CycleStartDate, body.NextCycleDate = new("M"), number("30"), new("04/15/2026"), new(next)
			body.CustomerSystemId, body.CycleEndDate, body.RmrReasonCode = new(int32(77)), new("05/31/2026"), new("NEW")
			created, err := f.post(t, body)
			if err != nil {
				t.Fatal(err)
			}
			of := must(f.ListCustomerRecurring(t.Context(), &vendor.ListCustomerRecurringRequest{Id: 77, Option: "bycustomersystem"}))(t).GetCustomerRecurrings()
			if len(of) == 0 || of[len(of)-1].GetCustomerRecurringId() != created.GetCustomerRecurringId() {
				t.Errorf("lines of the system: %v", of)
			}
			if diff := gocmp.Diff(want, f.dueOf(t, created.GetCustomerRecurringId())); diff != "" {
				t.Errorf("next cycle %s (-want +got):\n%s", next, diff)
			}
		}
	})
}

// dueOf returns the parts of a line that are due at the end of 2026.
func (f *fixture) dueOf(t testing.TB, line int32) (parts []string) {
	t.Helper()
	for _, invoice := range f.due(t, day(2026, 12, 31)) {
		for _, item := range invoice.GetItems() {
			for _, part := range item.GetParts() {
				if part.GetRecurringLine() == lineName(line) {
					parts = append(parts, partText(invoice.GetBillTo(), part))
				}
			}
		}
	}
	return parts
}

func TestProrate(t *testing.T) {
	onEachEngine(t, func(t *testing.T, f *fixture) {
		line := f.leaver(t, nil)
		f.invoiced(t, day(2026, 2, 1))
		body := &vendor.CustomerRecurringProrate{CustomerRecurringId: new(int32(21)), CycleAmount: number("56"), EffectiveDate: new("02/14/2026")}
		prorate := func() *vendor.CustomerRecurringProrate {
			t.Helper()
			return must(f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body}))(t).GetCustomerRecurringProrate()
		}
		f.unchanged(t, func() {
			got := prorate()
			if got.GetCreditAmount().GetValue() != "14.00" || got.GetBillAmount().GetValue() != "28.00" || got.GetMonthlyAmount().GetValue() != "56.00" || got.GetEndDate() != "2026-02-28T00:00:00" {
				t.Errorf("computed %v", got)
			}
			body.Commit = new(true)
			_, err := f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body})
			const in = "customer_recurring_prorate."
			wantFaults(t, err, in+"rmr_reason_code REQUIRED", in+"credit_reason_code REQUIRED")
			body.RmrReasonCode, body.CreditReasonCode, body.EndDate = new("PRICE"), new("FAULT"), new("02/27/2026")
			_, err = f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body})
			wantFaults(t, err, in+"end_date INCONSISTENT")
		})
		body.EndDate = new("02/28/2026")
		prorate()
		changed := f.line(t, line.GetName())
		wantRates(t, changed, rateOf(day(2026, 2, 1), usd(28, 0), ""), rateOf(day(2026, 2, 15), usd(56, 0), "PRICE"))
		if credits := changed.GetCredits(); len(credits) != 1 || credits[0].GetReasonCode() != "FAULT" || cents(credits[0].GetAmount()) != 1400 {
			t.Errorf("credits: %v", credits)
		}
	})
}
