package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
)

// executeTerms amends the billing terms as an action asks for, and returns the subscription after it. If it returns a fault, it has stored
// nothing.
func (a *Action) executeTerms(ctx context.Context, w Writer, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	if err := situation.CheckAmendment(a.Operation); err != nil {
		return Subscription{}, err
	}
	change, before := terms.Change{}, present.Terms.Present()
	if a.Terms != nil {
		change = *a.Terms
	}
	var scheme catalogue.BillingTermScheme
	var err error
	switch {
	case change.Scheme != "":
		scheme, err = givenScheme(ctx, w, change.Scheme)
	case before != nil:
		scheme, err = w.BillingTermScheme(ctx, resource.ByID(before.Scheme))
	}
	if err != nil {
		return Subscription{}, err
	}
	next, err := change.Amend(a.Operation, before, scheme.Rules(), present.State, situation.Today)
	if err != nil {
		return Subscription{}, err
	}
	next.ID = id.New()
	after := present.Clone()
	after.Terms = present.Terms.With(next)
	a.Effect = &Effect{From: present.State, To: present.State, TermsBefore: before, TermsAfter: &next}
	if a.Effect.Cost, err = costOf(ctx, w, present, after, a, situation.Today); err != nil {
		return Subscription{}, err
	}
	if err := w.Update(ctx, &after); err != nil {
		return Subscription{}, err
	}
	a.settle(ActionExecuted, w.Now())
	return after, nil
}

// givenScheme returns the scheme that is given to a subscription: one that is effective.
func givenScheme(ctx context.Context, r Reader, given terms.SchemeID) (catalogue.BillingTermScheme, error) {
	scheme, err := resource.FindID(ctx, terms.FieldScheme, string(given), r.BillingTermScheme)
	if err == nil && scheme.State != catalogue.SchemeEffective {
		err = fault.InvalidField(terms.FieldScheme, reason.Inactive, "the scheme is %s, so nothing new can refer to it; choose an %s one", scheme.State, catalogue.SchemeEffective)
	}
	return scheme, err
}

// open gives a new subscription its first billing terms, if a caller asked for some.
func (s *Subscription) open(ctx context.Context, r Reader, today date.Date) error {
	if s.Opening == nil {
		return nil
	}
	asked := *s.Opening
	s.Opening = nil
	if asked.Scheme == "" {
		return fault.Required(terms.FieldScheme)
	}
	scheme, err := givenScheme(ctx, r, asked.Scheme)
	if err != nil {
		return err
	}
	first, err := asked.Begin(scheme.Rules(), today)
	if err != nil {
		return err
	}
	first.ID = id.New()
	s.Terms = terms.History{first}
	return nil
}

// extend lets a rest extend the binding period in which it began by its days, unless that was cancelled during the rest.
func (s *Subscription) extend(effect *Effect, since, today date.Date) {
	before := s.Terms.Present()
	days := since.DaysUntil(today)
	if since.IsZero() || days <= 0 || before == nil {
		return
	}
	if !s.Terms.BoundSince(since) {
		return
	}
	effect.TermsBefore = before
	s.Terms = s.Terms.Extended(days, since)
	effect.TermsAfter = s.Terms.Present()
}

// missing returns a mandatory service of a type that the subscription does not have, or an empty product.
func (s *Subscription) missing(of catalogue.SubscriptionType) catalogue.ProductID {
	has := map[catalogue.ProductID]bool{}
	for _, service := range s.Services {
		if !service.State.Ended() {
			has[service.Product] = true
		}
	}
	for _, service := range of.Services {
		if service.Mandatory && !has[service.Product] {
			return service.Product
		}
	}
	return ""
}

// checkOffered returns a SERVICE_NOT_OF_TYPE fault on a field if a type does not have a product.
func checkOffered(field string, of catalogue.SubscriptionType, product catalogue.ProductID) error {
	if of.Offers(product) {
		return nil
	}
	return fault.InvalidField(field, reason.ServiceNotOfType, "the subscription's type %s does not have the service %s", of.Name, product)
}
