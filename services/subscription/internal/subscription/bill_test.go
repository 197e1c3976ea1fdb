package subscription

import (
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
)

// TestDaysAreBilledOnce activates a subscription on 15 January and bills it until 1 March: the cost of the activation and the bill are together what
// the days from then on cost, whether cycles are billed before or after they are.
func TestDaysAreBilledOnce(t *testing.T) {
	today, asOf := date.MustNew(2026, time.January, 15), date.MustNew(2026, time.March, 1)
	for of, want := range map[catalogue.BillingType]struct {
		cost, bill string
		from       date.Date
	}{
		catalogue.PreBill:  {"17.00", "62.00", date.MustNew(2026, time.February, 1)},
		catalogue.PostBill: {"", "48.00", today},
	} {
		from := offered()
		from.billed = of
		before := billed(Draft, "one")
		after := before.Clone()
		after.enter(Effective, lifecycle.Activate, date.Date{}, today)
		cost, err := costOf(t.Context(), from, before, after, lifecycle.Activate, today)
		if err != nil || (cost == nil) != (want.cost == "") || cost != nil && cost.Total.String() != want.cost {
			t.Errorf("%s: the activation costs %+v, %v, want %q", of, cost, err, want.cost)
		}
		c, scheme, err := billing(t.Context(), from, after)
		if err != nil {
			t.Fatal(err)
		}
		bill, err := c.bill(t.Context(), after, coming(c.terms, scheme, today, asOf), asOf)
		if err != nil || bill.Total.String() != want.bill || bill.Lines[0].From != want.from || bill.Lines[0].Cycles != 2 {
			t.Errorf("%s: got %+v, %v, want %s from %s", of, bill, err, want.bill, want.from)
		}
	}
}

// TestLaterCyclesAreBilledWhole bills a service that became effective before the present cycle.
func TestLaterCyclesAreBilledWhole(t *testing.T) {
	today, asOf := date.MustNew(2026, time.March, 10), date.MustNew(2026, time.May, 1)
	of, from := billed(Effective, "one"), offered()
	of.Services[0].FirstActivated, from.billed = date.MustNew(2026, time.January, 15), catalogue.PostBill
	c, scheme, err := billing(t.Context(), from, of)
	if err != nil {
		t.Fatal(err)
	}
	bill, err := c.bill(t.Context(), of, coming(c.terms, scheme, today, asOf), asOf)
	if err != nil || bill.Total.String() != "62.00" || bill.Lines[0].From != date.MustNew(2026, time.March, 1) {
		t.Errorf("got %+v, %v", bill, err)
	}
}
