package recurringbilling_test

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

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
			if got.GetCreditAmount().GetValue() != "14.00" || got.GetBillAmount().GetValue() != "28.00" || got.GetMonthlyAmount().GetValue() != "56.00" || got.GetEndDate() != "02/28/2026" {
				t.Errorf("computed %v", got)
			}
			body.Commit = new(true)
			_, err := f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body})
			const in = "customer_recurring_prorate."
			wantFaults(t, err, in+"rmr_reason_code REQUIRED", in+"credit_reason_code REQUIRED")
			body.RmrReasonCode, body.CreditReasonCode = new("PRICE"), new("FAULT")
			for end, fault := range map[string]string{"02/14/2026": "OUT_OF_ORDER", "13/01/2026": "INVALID_DATE", "03/01/2036": "OUT_OF_RANGE"} {
				body.EndDate = new(end)
				_, err = f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body})
				wantFaults(t, err, in+"end_date "+fault)
			}
			body.EndDate, body.BillCycle = nil, new("X")
			_, err = f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body})
			wantFaults(t, err, in+"bill_cycle UNKNOWN_BILL_CYCLE")
			body.BillCycle = nil
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

// A proration ends where it is asked to, before the last billed day or after it, and takes another cycle. What it computes is what
// runs then credit and bill.
func TestProrateUntilAndInAnotherCycle(t *testing.T) {
	for name, test := range map[string]struct {
		end, cycle, monthly  string
		credit, bill, answer string
		then                 []string // what the next run as of April 1 makes, in cents, and the days
	}{
		// February 15 to 21 are half of the half month that follows the effective date.
		"before the last billed day": {"02/21/2026", "", "56", "7.00", "14.00", "02/21/2026 M 56.00", []string{"02-15 -700", "02-15 1400", "03-01 5600", "04-01 5600"}},
		// March is not billed, so nothing of it is credited.
		"after the last billed day": {"03/31/2026", "", "56", "14.00", "84.00", "03/31/2026 M 56.00", []string{"02-15 -1400", "02-15 2800", "03-01 5600", "04-01 5600"}},
		// A part of March: 15 of its 31 days.
		"within an unbilled month": {"03/15/2026", "", "62", "14.00", "61.00", "03/15/2026 M 62.00", []string{"02-15 -1400", "02-15 3100", "03-01 6200", "04-01 6200"}},
		// The quarter from February on: what is left of it after the billed days is due on March 1, and the next on May 1.
		"another cycle": {"", "Q", "56", "14.00", "28.00", "02/28/2026 Q 168.00", []string{"02-15 -1400", "02-15 2800", "03-01 11200"}},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, f *fixture) {
				f.leaver(t, nil)
				f.invoiced(t, day(2026, 2, 1))
				body := &vendor.CustomerRecurringProrate{
					CustomerRecurringId: new(int32(21)), MonthlyAmount: number(test.monthly), EffectiveDate: new("02/14/2026"), EndDate: &test.end, BillCycle: &test.cycle,
					RmrReasonCode: new("PRICE"), CreditReasonCode: new("FAULT"), RmrTrackingComments: new("as agreed"), UserCode: new("ANN"),
				}
				for _, commit := range []bool{false, true} {
					body.Commit = new(commit)
					got := must(f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body}))(t).GetCustomerRecurringProrate()
					answer := got.GetEndDate() + " " + got.GetBillCycle() + " " + got.GetCycleAmount().GetValue()
					if got.GetCreditAmount().GetValue() != test.credit || got.GetBillAmount().GetValue() != test.bill || answer != test.answer {
						t.Errorf("commit %t: credits %s, bills %s, %s", commit, got.GetCreditAmount().GetValue(), got.GetBillAmount().GetValue(), answer)
					}
				}
				rates := f.line(t, lineName(21)).GetRates()
				if last := rates[len(rates)-1]; last.GetComments() != "as agreed" || last.GetUserCode() != "ANN" {
					t.Errorf("the rate is %v", last)
				}
				var made []string
				for _, invoice := range f.invoiced(t, day(2026, 4, 1)) {
					for _, item := range invoice.GetItems() {
						for _, part := range item.GetParts() {
							made = append(made, fmt.Sprintf("%02d-%02d %d", part.GetStartDate().GetMonth(), part.GetStartDate().GetDay(), cents(part.GetAmount())))
						}
					}
				}
				slices.Sort(made)
				slices.Sort(test.then)
				if diff := gocmp.Diff(test.then, made); diff != "" {
					t.Errorf("invoices (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What is computed can be sent back as it is, with Commit and the two reasons, and makes what it said: also of a line of which nothing
// is billed yet, or nothing after the effective date.
func TestProrationSentBackIsMade(t *testing.T) {
	for name, test := range map[string]struct {
		effective, end, credit, bill string
		billed                       bool
	}{
		"nothing billed":               {"02/14/2026", "12/30/1899", "0.00", "0.00", false},
		"nothing billed, from a start": {"01/31/2026", "12/30/1899", "0.00", "0.00", false},
		"nothing billed after it":      {"03/15/2026", "12/30/1899", "0.00", "0.00", true},
		"the last billed day":          {"02/28/2026", "12/30/1899", "0.00", "0.00", true},
		"billed":                       {"02/14/2026", "02/28/2026", "14.00", "28.00", true},
	} {
		t.Run(name, func(t *testing.T) {
			onEachEngine(t, func(t *testing.T, f *fixture) {
				line := f.leaver(t, nil)
				if test.billed {
					f.invoiced(t, day(2026, 2, 1))
				}
				prorate := func(body *vendor.CustomerRecurringProrate) *vendor.CustomerRecurringProrate {
					t.Helper()
					return must(f.ProrateCustomerRecurring(t.Context(), &vendor.ProrateCustomerRecurringRequest{CustomerRecurringProrate: body}))(t).GetCustomerRecurringProrate()
				}
				computed := prorate(&vendor.CustomerRecurringProrate{CustomerRecurringId: new(int32(21)), MonthlyAmount: number("56"), EffectiveDate: &test.effective})
				if got := []string{computed.GetEndDate(), computed.GetCreditAmount().GetValue(), computed.GetBillAmount().GetValue()}; !slices.Equal(got, []string{test.end, test.credit, test.bill}) {
					t.Errorf("computed %v", got)
				}
				computed.Commit, computed.RmrReasonCode, computed.CreditReasonCode = new(true), new("PRICE"), new("FAULT")
				made := prorate(computed)
				if diff := gocmp.Diff(computed, made, protocmp.Transform()); diff != "" {
					t.Errorf("computed and made (-want +got):\n%s", diff)
				}
				rates := f.line(t, line.GetName()).GetRates()
				if last := rates[len(rates)-1]; cents(last.GetMonthlyAmount()) != 5600 {
					t.Errorf("rates: %v", rates)
				}
			})
		})
	}
}
