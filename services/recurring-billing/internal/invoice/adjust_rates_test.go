package invoice_test

import (
	"fmt"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// loner adds a customer with one monthly line from 1 January on, of 31.00 a month unless it has a rate.
func loner(t *testing.T, w *billingtest.Fixture, l line.Line) line.ID {
	t.Helper()
	_, err := w.Catalogue.CreateBillTo(billingtest.As, catalogue.BillTo{ID: 77, Customer: 77, DisplayName: "Alone Ltd"})
	if err != nil {
		t.Fatal(err)
	}
	l.Customer, l.BillTo, l.Item, l.BillCycle, l.Start = 77, 77, "MON", line.Monthly, billingtest.Day("2026-01-01")
	if l.Rates == nil {
		l.Rates = []line.Rate{{MonthlyAmount: billingtest.USD("31.00")}}
	}
	if l, err = w.Lines.Create(billingtest.As, l); err != nil {
		t.Fatal(err)
	}
	return l.ID
}

// rated changes the rate of a line.
func rated(t *testing.T, w *billingtest.Fixture, id line.ID, from, monthly string, adjust bool) line.Line {
	t.Helper()
	l, err := w.Lines.ChangeRate(billingtest.As, id, line.RateChange{AdjustBilled: adjust, Rate: line.Rate{
		Effective: billingtest.Day(from), MonthlyAmount: billingtest.USD(monthly), Reason: "PRICE",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// latestParts returns the parts of a line on its last invoice as `days cents`.
func latestParts(w *billingtest.Fixture, id line.ID) (parts []string) {
	return partsOf(w.Numbered(), id)
}

func partsOf(invoices []invoice.Invoice, id line.ID) (parts []string) {
	for i := len(invoices) - 1; i >= 0 && parts == nil; i-- {
		for _, item := range invoices[i].Items {
			for _, part := range item.Parts {
				if part.Line == int32(id) {
					parts = append(parts, fmt.Sprint(part.Span, " ", part.Amount))
				}
			}
		}
	}
	return parts
}

// A rate of days that wait to be billed again counts for them, in the answer and in the run.
func TestRateCountsForDaysToBillAgain(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	id := loner(t, w, line.Line{})
	w.Bill("2026-02-01")
	rated(t, w, id, "2026-02-15", "62.00", true)
	changed := rated(t, w, id, "2026-02-20", "93.00", false)
	if last := changed.Rates[len(changed.Rates)-1]; last.From() != billingtest.Day("2026-02-20") {
		t.Errorf("the rate counts from %s", last.From())
	}
	rated(t, w, id, "2026-02-10", "56.00", false)
	w.Bill("2026-02-01")
	want := []string{"[2026-02-15, 2026-02-20) 1107", "[2026-02-20, 2026-03-01) 2989", "[2026-02-15, 2026-03-01) -1550"}
	if diff := gocmp.Diff(want, latestParts(w, id)); diff != "" {
		t.Errorf("billed again (-want +got):\n%s", diff)
	}
	if back := rated(t, w, id, "2026-02-20", "62.00", true); len(back.Credits) != 2 || back.Credits[1].Amount.Minor() != 2989 {
		t.Errorf("adjusted back: %+v", back.Credits)
	}
}

// A rate counts for days that wait to be billed again, but not if days after them were billed elsewhere:
// only the line's rates tell what those cost.
func TestRateCountsAfterDaysBilledElsewhere(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	days := billing.Span{Start: billingtest.Day("2026-02-10"), End: billingtest.Day("2026-02-20")}
	id := loner(t, w, line.Line{
		NextCycle: billingtest.Day("2026-04-01"), Unbilled: []billing.Span{days},
		Credits: []line.Credit{{BillTo: 77, From: days.Start, To: days.End, Amount: billingtest.USD("11.07"), Reason: "PRICE", Kind: line.OfRate, Of: "other-1"}},
	})
	for from, want := range map[string]string{"2026-02-01": "2026-04-01", "2026-02-12": "2026-04-01", "2026-02-20": "2026-04-01"} {
		l, err := w.Lines.ChangeRate(mutation.ValidateOnly(billingtest.As), id, line.RateChange{Rate: line.Rate{
			Effective: billingtest.Day(from), MonthlyAmount: billingtest.USD("62.00"), Reason: "PRICE",
		}})
		if err != nil || l.Rates[1].From() != billingtest.Day(want) {
			t.Errorf("from %s on: %+v, error %v, want %s", from, l.Rates, err, want)
		}
	}
	rated(t, w, id, "2026-02-20", "62.00", false)
	w.Bill("2026-02-01")
	if diff := gocmp.Diff([]string{"[2026-02-10, 2026-02-20) 1108", "[2026-02-10, 2026-02-20) -1107"}, latestParts(w, id)); diff != "" {
		t.Errorf("billed again (-want +got):\n%s", diff)
	}
}

// The billed days after a cancellation would keep their old rate if it was undone later.
func TestCancelledLineIsNotAdjusted(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	id := loner(t, w, line.Line{})
	w.Bill("2026-02-01")
	adjust := line.RateChange{AdjustBilled: true, Rate: line.Rate{
		Effective: billingtest.Day("2026-02-10"), MonthlyAmount: billingtest.USD("62.00"), Reason: "PRICE",
	}}
	for end, want := range map[string]string{"2026-02-20": "ALREADY_CANCELLED", "2026-03-01": ""} {
		if _, err := w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day(end), Reason: "LEFT"}); err != nil {
			t.Fatal(err)
		}
		_, err := w.Lines.ChangeRate(mutation.ValidateOnly(billingtest.As), id, adjust)
		if known, _ := fault.As(err); err != nil && known == nil || known != nil && string(known.Reason) != want || err == nil && want != "" {
			t.Errorf("cancelled as of %s: %v", end, err)
		}
		if _, err := w.Lines.Uncancel(billingtest.As, id, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// Days that were billed after a gap keep what they were charged, though a rate counts from a day in the
// gap on. Adjusted, they are compared with what they were charged.
func TestAdjustedDaysAfterGapAreThoseChargedOtherwise(t *testing.T) {
	w := billingtest.Fresh(t, database.SQLite)
	w.LoadCustomers(1, 1)
	id := loner(t, w, line.Line{})
	w.Bill("2026-02-01")
	if _, err := w.Lines.Pause(billingtest.As, id, line.Pausing{From: billingtest.Day("2026-02-10"), Until: billingtest.Day("2026-02-20"), Reason: "AWAY"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Lines.Resume(billingtest.As, id, billingtest.Day("2026-02-15"), ""); err != nil {
		t.Fatal(err)
	}
	rated(t, w, id, "2026-02-12", "62.00", false)
	w.Bill("2026-02-01")
	if diff := gocmp.Diff([]string{"[2026-02-15, 2026-02-20) 1107", "[2026-02-10, 2026-02-20) -1108"}, latestParts(w, id)); diff != "" {
		t.Errorf("billed again (-want +got):\n%s", diff)
	}
	rated(t, w, id, "2026-02-12", "62.00", true)
	w.Bill("2026-02-01")
	if diff := gocmp.Diff([]string{"[2026-02-20, 2026-03-01) 1993", "[2026-02-20, 2026-03-01) -996"}, latestParts(w, id)); diff != "" {
		t.Errorf("adjusted (-want +got):\n%s", diff)
	}
}
