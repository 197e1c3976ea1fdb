package store_test

import (
	"reflect"
	"slices"

	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// packaged is the type that is a package, which does not have the product `more`.
const packaged catalogue.TypeID = "packaged"

// moveTo does a step of the model as move does, which may be a replacement by a type.
func (m *lived) moveTo(by lifecycle.Operation, until date.Date, to catalogue.TypeID) reason.Reason {
	if !by.ByType() {
		return m.move(by, until)
	}
	if refused := m.replaced(to == typeOf(true), to == packaged); refused != "" {
		return refused
	}
	m.count(by, subscription.ActionExecuted)
	m.meet(string(by))
	m.meet("REPLACED")
	for _, withdrawn := range m.later {
		m.count(withdrawn.by, subscription.ActionCancelled)
	}
	m.later, m.left = nil, m.id
	return ""
}

// goOn goes on with the subscription that has taken the place of the one that the model has left: that has ended with all that it had, and the new one has what
// the model says.
func (m *lived) goOn(rt *rapid.T) {
	if m.left == "" {
		return
	}
	left := m.expect(rt, m.left, subscription.Replaced)
	if len(left.Items) > 0 || slices.ContainsFunc(left.Services, func(s subscription.SubscribedService) bool { return !s.State.Ended() }) {
		rt.Fatalf("got %+v, want nothing left in it", left)
	}
	m.expectActions(rt)
	actions, err := m.service.Actions(m.ctx, listing.Query{Where: listing.All(listing.Is(subscription.FieldOfSubscription, m.left), listing.Is("behavior_code", lifecycle.Replace)), Order: []listing.Order{{Field: "name"}}})
	if err != nil {
		rt.Fatal(err)
	}
	for _, action := range actions {
		if action.State == subscription.ActionExecuted {
			m.id = string(action.Replacement)
			if cost := action.Effect.Cost; cost != nil && !cost.Total.IsZero() {
				rt.Fatalf("got the cost %+v, want that what moves is paid once", cost)
			}
		}
	}
	m.left, m.actions = "", map[string]int{}
	m.count(lifecycle.CreateActivate, subscription.ActionExecuted)
	if made := m.expect(rt, m.id, m.State); made.FirstActivated != m.FirstActivated || made.Account != left.Account || !reflect.DeepEqual(made.Terms, left.Terms) {
		rt.Fatalf("got %+v in the place of %+v", made, left)
	}
}

// to returns the type by which an order replaces the subscription, or none.
func (m *lived) to(asked subscription.Order) catalogue.TypeID {
	if asked.ReplacementType == nil {
		return ""
	}
	return catalogue.TypeID(asked.ReplacementType.Keys[0].Value)
}

// unfitting returns why an order is refused whose operation does not fit the type by which it replaces the subscription.
func (m *lived) unfitting(asked subscription.Order) reason.Reason {
	if to := m.to(asked); to != "" && (m.Packaged && to == packaged || asked.Operation != m.fitting(to)) {
		return reason.Inconsistent
	}
	return ""
}

// fitting returns the operation that fits a type; for two packages one that does not.
func (m *lived) fitting(to catalogue.TypeID) lifecycle.Operation {
	switch {
	case m.Packaged:
		return "REPLACE_SUB_PACKAGE_TO_FLEX"
	case to == packaged:
		return "REPLACE_SUB_FLEX_TO_PACKAGE"
	}
	return "REPLACE_SUB_FLEX_TO_FLEX"
}

// replaceByType replaces the subscription by a new one, and where that is a package often by another one.
func (m *lived) replaceByType(rt *rapid.T) {
	for range 2 {
		m.actNow(rt, rapid.SampledFrom(lifecycle.Replacements).Draw(rt, "replacement"))
	}
}
