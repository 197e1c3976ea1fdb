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

// An adjustment can end before days that invoices price, and before days that keep their amount. It cannot
// end before days billed elsewhere that would get another rate: their credit would not be what they cost.
func TestAdjustmentEndsWherePricesAreKnown(t *testing.T) {
	for name, test := range map[string]struct {
		elsewhere, until, refused, march string // elsewhere is the first day that was not billed elsewhere
		then                             []string
	}{
		"before days billed elsewhere":      {"2026-04-01", "2026-03-01", "PERIOD_BILLED", "31.00", nil},
		"within days billed elsewhere":      {"2026-04-01", "2026-03-15", "PERIOD_BILLED", "31.00", nil},
		"behind days billed elsewhere":      {"2026-04-01", "2026-04-01", "", "62.00", nil},
		"before days of an invoice":         {"", "2026-03-01", "", "31.00", nil},
		"elsewhere, then invoiced":          {"2026-03-01", "2026-03-01", "", "31.00", nil},
		"before a later rate of old amount": {"2026-04-01", "2026-03-01", "", "31.00", []string{"2026-03-01", "31.00"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := billingtest.Fresh(t, database.SQLite)
			w.LoadCustomers(1, 1)
			started := line.Line{}
			if test.elsewhere != "" {
				started.NextCycle = billingtest.Day(test.elsewhere)
			}
			id := loner(t, w, started)
			w.Bill("2026-03-01")
			if test.then != nil {
				rated(t, w, id, test.then[0], test.then[1], true)
			}
			_, err := w.Lines.ChangeRate(billingtest.As, id, line.RateChange{AdjustBilled: true, AdjustUntil: billingtest.Day(test.until), Rate: line.Rate{
				Effective: billingtest.Day("2026-02-01"), MonthlyAmount: billingtest.USD("62.00"), Reason: "PRICE",
			}})
			refused := ""
			if known, ok := fault.As(err); ok && len(known.Violations) == 1 {
				refused = string(known.Violations[0].Reason)
			}
			if refused != test.refused || err != nil && refused == "" {
				t.Fatalf("%v, want %q", err, test.refused)
			}
			w.Bill("2026-03-01")
			l, err := w.Lines.Cancel(billingtest.As, id, line.Cancel{Effective: billingtest.Day("2026-03-01"), Reason: "LEFT", Credit: true})
			if err != nil {
				t.Fatal(err)
			}
			if last := l.Credits[len(l.Credits)-1]; last.Kind != "" || last.Amount.Minor() != billingtest.USD(test.march).Minor() {
				t.Errorf("March is credited at %+v, want %s", last, test.march)
			}
		})
	}
}

// What an adjustment is computed to bill includes days that wait to be billed again since another one:
// the next run bills them at the new rate. They were credited then, and are not credited again.
func TestAdjustmentCountsDaysToBillAgain(t *testing.T) {
	for name, test := range map[string]struct {
		effective, until string
		credit, charge   int64
	}{
		"all of them":           {"2026-02-01", "", 0, 9300},
		"from within":           {"2026-02-15", "", 0, 4650},
		"before a later rate":   {"2026-01-01", "", 3100, 9300 + 6200}, // February keeps its own
		"until within":          {"2026-02-01", "2026-02-15", 0, 4650},
		"up to unbilled days":   {"2026-02-15", "2026-03-11", 0, 4650 + 3000},
		"after them":            {"2026-03-01", "2026-03-11", 0, 3000},
		"ended before the last": {"2026-02-20", "2026-02-22", 0, 664},
	} {
		t.Run(name, func(t *testing.T) {
			w := billingtest.Fresh(t, database.SQLite)
			w.LoadCustomers(1, 1)
			id := loner(t, w, line.Line{})
			w.Bill("2026-02-01")
			rated(t, w, id, "2026-02-01", "62.00", true)
			change := line.RateChange{Rate: line.Rate{Effective: billingtest.Day(test.effective), MonthlyAmount: billingtest.USD("93.00"), Reason: "PRICE"}}
			if test.until != "" {
				change.AdjustUntil = billingtest.Day(test.until)
			}
			made, err := w.Lines.Adjust(billingtest.As, id, func(line.Line) (line.RateChange, error) { return change, nil })
			if err != nil {
				t.Fatal(err)
			}
			if made.Credit.Minor() != test.credit || made.Charge.Minor() != test.charge {
				t.Errorf("credits %d and bills %d, want %d and %d", made.Credit.Minor(), made.Charge.Minor(), test.credit, test.charge)
			}
		})
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
