package subscription

import (
	"context"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// offers is what costs are computed from.
type offers struct {
	Reader
	currency string
	percent  int
	billed   catalogue.BillingType
	products map[catalogue.ProductID]catalogue.Product
}

func (o offers) Account(context.Context, resource.Key) (account.Account, error) {
	return account.Account{Terms: account.Terms{Currency: o.currency}}, nil
}

func (o offers) Product(_ context.Context, key resource.Key) (catalogue.Product, error) {
	return o.products[catalogue.ProductID(key.Value)], nil
}

func (o offers) BillingTermScheme(context.Context, resource.Key) (catalogue.BillingTermScheme, error) {
	return catalogue.BillingTermScheme{Type: o.billed, EarlyEndPercent: o.percent}, nil
}

// offered returns a product of 31 euros a month, a bundle of two of it, and one without a price.
func offered() offers {
	monthly := []catalogue.Price{{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("31.00")}}
	return offers{currency: "EUR", percent: 50, billed: catalogue.PreBill, products: map[catalogue.ProductID]catalogue.Product{
		"one": {ID: "one", Prices: monthly}, "bundle": {ID: "bundle", Components: []catalogue.Component{{Product: "one", Quantity: 2}}}, "free": {ID: "free"},
	}}
}

// billed returns a subscription whose cycles begin on the first, bound until 1 April.
func billed(state LifeCycleState, products ...catalogue.ProductID) Subscription {
	start := date.MustNew(2026, time.January, 1)
	of := Subscription{State: state, Terms: terms.History{{
		Frequency: terms.Monthly, Every: terms.Length{Months: 1}, CycleDay: 1, Effective: start,
		Binding: &terms.Binding{Start: start, End: date.MustNew(2026, time.April, 1)},
	}}}
	for _, product := range products {
		of.Services = append(of.Services, SubscribedService{ID: string(product), Product: product, ServiceLife: ServiceLife{State: state}})
	}
	return of
}

// billedBy lets the scheme be of a type.
func billedBy(of catalogue.BillingType) func(*offers) { return func(o *offers) { o.billed = of } }

// TestActionsCost checks what actions on 15 January cost.
func TestActionsCost(t *testing.T) {
	today := date.MustNew(2026, time.January, 15)
	for name, c := range map[string]struct {
		by       lifecycle.Operation
		to       LifeCycleState
		before   Subscription
		spoil    func(*offers)
		want     string
		charges  int
		unpriced int
	}{
		"activated":               {by: lifecycle.Activate, to: Effective, before: billed(Draft, "one"), want: "17.00", charges: 1},
		"a bundle":                {by: lifecycle.Activate, to: Effective, before: billed(NotEffective, "bundle", "one"), want: "51.00", charges: 2},
		"deactivated":             {by: lifecycle.Deactivate, to: NotEffective, before: billed(Effective, "one"), want: "-17.00", charges: 1},
		"cancelled early":         {by: lifecycle.Cancel, to: Cancelled, before: billed(Effective, "one"), want: "22.50", charges: 2},
		"cancelled without fee":   {by: lifecycle.Cancel, to: Cancelled, before: billed(Effective, "one"), spoil: func(o *offers) { o.percent = 0 }, want: "-17.00", charges: 1},
		"a draft is cancelled":    {by: lifecycle.Cancel, to: Cancelled, before: billed(Draft, "one")},
		"regretted":               {by: lifecycle.Regret, to: Regretted, before: billed(Effective, "one"), want: "-17.00", charges: 1},
		"of no price":             {by: lifecycle.Activate, to: Effective, before: billed(Draft, "free", "one"), want: "17.00", charges: 1, unpriced: 1},
		"in another currency":     {by: lifecycle.Activate, to: Effective, before: billed(Draft, "one"), spoil: func(o *offers) { o.currency = "USD" }, want: "0.00", unpriced: 1},
		"in no currency":          {by: lifecycle.Activate, to: Effective, before: billed(Draft, "one"), spoil: func(o *offers) { o.currency = "" }},
		"activated, billed after": {by: lifecycle.Activate, to: Effective, before: billed(Draft, "one"), spoil: billedBy(catalogue.PostBill)},
		"ended, billed after":     {by: lifecycle.Deactivate, to: NotEffective, before: billed(Effective, "one"), spoil: billedBy(catalogue.PostBill)},
		"early, billed after":     {by: lifecycle.Cancel, to: Cancelled, before: billed(Effective, "one"), spoil: billedBy(catalogue.PostBill), want: "39.50", charges: 1},
		"activated, prepaid":      {by: lifecycle.Activate, to: Effective, before: billed(Draft, "one"), spoil: billedBy(catalogue.PreRated)},
		"the binding period ends": {by: lifecycle.CanceledBindingPeriod, to: Effective, before: billed(Effective, "one"), want: "39.50", charges: 1},
	} {
		from, after := offered(), c.before.Clone()
		if c.spoil != nil {
			c.spoil(&from)
		}
		if c.by == lifecycle.CanceledBindingPeriod {
			ended := after.Terms[0]
			ended.Binding = &terms.Binding{Start: ended.Binding.Start, End: today}
			after.Terms = after.Terms.With(ended)
		} else {
			after.enter(c.to, c.by, date.Date{}, today)
		}
		cost, err := costOf(t.Context(), from, c.before, after, &Action{Operation: c.by}, today)
		if err != nil || (cost == nil) != (c.want == "") || cost != nil && (cost.Total.String() != c.want || len(cost.Charges) != c.charges || len(cost.Unpriced) != c.unpriced) {
			t.Errorf("%s: got %+v, %v, want %s", name, cost, err, c.want)
		}
	}
}

// TestInterruptionsCostNothing deactivates and activates a subscription on days of one cycle: together that costs what its days off cost less, and
// on the same day nothing.
func TestInterruptionsCostNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		off := date.MustNew(2026, time.January, 1).AddDays(rapid.IntRange(0, 60).Draw(t, "off"))
		of, from := billed(Effective, "one", "bundle"), offered()
		without := of.Clone()
		without.enter(NotEffective, lifecycle.Deactivate, date.Date{}, off)
		again := without.Clone()
		again.enter(Effective, lifecycle.Activate, date.Date{}, off)
		first, err := costOf(context.Background(), from, of, without, &Action{Operation: lifecycle.Deactivate}, off)
		if err != nil {
			t.Fatal(err)
		}
		second, err := costOf(context.Background(), from, without, again, &Action{Operation: lifecycle.Activate}, off)
		if err != nil {
			t.Fatal(err)
		}
		if sum, err := first.Total.Add(second.Total); err != nil || !sum.IsZero() {
			t.Fatalf("%s and %s on %s do not cancel out", first.Total, second.Total, off)
		}
	})
}
