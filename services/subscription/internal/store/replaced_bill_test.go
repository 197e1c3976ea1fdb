package store_test

import (
	"testing"
	"time"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// TestReplacedIsBilledOnce leads two subscriptions through the same changes of terms and interruptions and replaces one by a type, at once or by an action that is
// executed late. From then on the replaced one and the new one are billed together what the other one is, and the replacement costs nothing: so no day is billed
// twice, and none is lost. Only days that terms before the present ones have billed ahead are refused.
func TestReplacedIsBilledOnce(t *testing.T) {
	databasetest.Each(t, store.Migrations(), func(t *testing.T, db *database.DB) {
		l, met, number := begin(t, db), map[string]int{}, 0
		l.load(t, &account.Account{ID: "priced", Number: "2", Terms: account.Terms{Currency: "EUR"}}, &catalogue.SubscriptionType{ID: "other", Name: "Other"},
			&catalogue.BillingTermScheme{ID: "pre", Code: "PRE", State: catalogue.SchemeEffective, Type: catalogue.PreBill, Method: catalogue.ByPeriod},
			&catalogue.BillingTermScheme{ID: "post", Code: "POST", State: catalogue.SchemeEffective, Type: catalogue.PostBill, Method: catalogue.ByPeriod},
			&catalogue.Product{ID: "line", Code: "LINE", Prices: []catalogue.Price{
				{Frequency: terms.Monthly, Currency: "EUR", Amount: decimal.MustParse("29.90")}, {Frequency: terms.Quarterly, Currency: "EUR", Amount: decimal.MustParse("80.00")},
			}})
		lead := func(rt *rapid.T) {
			number++
			b := billedTwins{l, "twin " + decimal.MustNew(int64(number), 0).String(), "replaced " + decimal.MustNew(int64(number), 0).String(), met}
			b.lead(rt)
		}
		for range 10 {
			rapid.Check(t, lead)
			if met["ahead"] > 0 && met["at once"] > 0 && met["late"] > 0 && met["billed"] > 0 && met["changed"] > 0 {
				return
			}
		}
		t.Errorf("the lives met only %v", met)
	})
}

// billedTwins are two subscriptions with the same life, one of which is replaced in the end.
type billedTwins struct {
	*life
	twin, replaced string
	met            map[string]int
}

func (b *billedTwins) lead(rt *rapid.T) {
	b.clock.Set(noon)
	for _, id := range []string{b.twin, b.replaced} {
		b.load(rt, &subscription.Subscription{ID: subscription.ID(id), Number: id, State: subscription.Draft, Account: "priced", Type: "t",
			Services: []subscription.SubscribedService{{ID: "1", Product: "line"}}})
	}
	b.amend(rt)
	b.both(rt, lifecycle.Activate)
	for range rapid.IntRange(0, 3).Draw(rt, "changes") {
		b.jump(rt, b.clock.Now().AddDate(0, 0, rapid.IntRange(0, 40).Draw(rt, "days")))
		if rapid.Bool().Draw(rt, "terms") {
			b.amend(rt)
			b.met["changed"]++
			continue
		}
		b.both(rt, rapid.SampledFrom([]lifecycle.Operation{lifecycle.Deactivate, lifecycle.Activate}).Draw(rt, "interruption"))
	}
	b.jump(rt, b.clock.Now().AddDate(0, 0, rapid.IntRange(0, 70).Draw(rt, "more days")))
	made, done := b.replace(rt)
	if !done {
		return
	}
	today := date.Of(b.clock.Now())
	asOf := today.AddDays(rapid.IntRange(0, 200).Draw(rt, "as of"))
	want, err := b.bill(rt, b.replaced, asOf).Add(b.bill(rt, made, asOf))
	if got := b.bill(rt, b.twin, asOf); err != nil || got.Cmp(want) != 0 {
		rt.Fatalf("until %s: the one that goes on is billed %s, the replaced and the new one together %s", asOf, got, want)
	}
	if !want.IsZero() {
		b.met["billed"]++
	}
}

// amend gives both the same terms.
func (b *billedTwins) amend(rt *rapid.T) {
	scheme, frequency := rapid.SampledFrom([]string{"pre", "post"}).Draw(rt, "scheme"), rapid.SampledFrom([]terms.Frequency{terms.Monthly, terms.Quarterly}).Draw(rt, "frequency")
	day := rapid.IntRange(1, 28).Draw(rt, "day of cycle")
	b.clock.Advance(time.Second)
	for _, id := range []string{b.twin, b.replaced} {
		asked := order(id, lifecycle.NoBindingPeriodChanges)
		asked.Terms, asked.Scheme = &terms.Change{Frequency: frequency, CycleDay: day}, &resource.Reference{Field: "scheme", Keys: []resource.Key{resource.ByID(terms.SchemeID(scheme))}}
		b.act(rt, asked)
	}
}

// both does an operation on both, which both refuse or neither.
func (b *billedTwins) both(rt *rapid.T, by lifecycle.Operation) {
	b.clock.Advance(time.Second)
	_, first := b.service.Act(b.ctx, order(b.twin, by))
	_, second := b.service.Act(b.ctx, order(b.replaced, by))
	if reasonOf(first) != reasonOf(second) {
		rt.Fatalf("%s: got %v and %v", by, first, second)
	}
}

// replace replaces one of both, and returns the id of the new one, unless the terms before have been billed ahead.
func (b *billedTwins) replace(rt *rapid.T) (made string, done bool) {
	asked := order(b.replaced, lifecycle.ReplaceFlexToFlex)
	asked.ReplacementType = refer("other")
	b.clock.Advance(time.Second)
	late := rapid.Bool().Draw(rt, "late")
	if late {
		asked.Details.Scheduled = b.clock.Now().AddDate(0, 0, rapid.IntRange(1, 30).Draw(rt, "scheduled"))
	}
	submitted, err := b.service.Act(b.ctx, asked)
	if reasonOf(err) == reason.BilledAhead {
		b.met["ahead"]++
		return "", false
	}
	if err != nil {
		rt.Fatal(err)
	}
	if late {
		b.jump(rt, asked.Details.Scheduled.AddDate(0, 0, rapid.IntRange(0, 45).Draw(rt, "days late")))
	}
	action, err := b.service.Action(b.ctx, submitted.Action.ID)
	if err != nil {
		rt.Fatal(err)
	}
	if late && action.State == subscription.ActionRejected && action.Rejection.Reason == reason.BilledAhead {
		return "", false
	}
	if action.State != subscription.ActionExecuted || action.Effect.Cost != nil && !action.Effect.Cost.Total.IsZero() {
		rt.Fatalf("got %+v, want it executed for nothing", action)
	}
	b.met[map[bool]string{true: "late", false: "at once"}[late]]++
	return string(action.Replacement), true
}

// bill returns what a subscription will be billed until a day.
func (b *billedTwins) bill(rt *rapid.T, id string, asOf date.Date) decimal.Decimal {
	bill, err := b.service.PreviewBill(b.ctx, order(id, "").Target, asOf)
	if err != nil {
		rt.Fatal(err)
	}
	return bill.Total
}
