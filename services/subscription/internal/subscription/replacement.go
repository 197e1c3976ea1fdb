package subscription

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Fields of requests that faults of a replacement by a type name.
const (
	FieldReplacementType = "replaced_by_type_identifier"
	FieldClassification  = "business_classification_code"
)

// byType records by a subscription of what type an order replaces its own, and with which services. known is the action with the transaction reference of the
// order, or nil. Faults: those of finding the type; INACTIVE; INCONSISTENT if the types do not fit the operation, or are both packages; those of services.
func (a *Action) byType(ctx context.Context, w Writer, order Order, present Subscription, known *Action) error {
	by, err := resource.Find(ctx, *order.ReplacementType, w.SubscriptionType)
	if err != nil {
		return err
	}
	if err := resource.CheckActive(order.ReplacementType.Field, by.Inactive && known == nil); err != nil {
		return err
	}
	of, err := w.SubscriptionType(ctx, resource.ByID(present.Type))
	if err != nil {
		return err
	}
	if order.Operation == lifecycle.Replace { // the types say which replacement it is
		order.Operation, _ = lifecycle.ReplacementOf(of.Classification == catalogue.Package, by.Classification == catalogue.Package)
	}
	a.ReplacementType, a.Operation = by.ID, order.Operation
	if err := a.checkTypes(of, by); err != nil {
		return err
	}
	a.Services, err = order.serviceChanges(ctx, w, present, by, known)
	return err
}

// checkTypes checks that the operation of a replacement fits the type of the subscription and that of the new one. Fault: INCONSISTENT.
func (a *Action) checkTypes(of, by catalogue.SubscriptionType) error {
	fitting, ok := lifecycle.ReplacementOf(of.Classification == catalogue.Package, by.Classification == catalogue.Package)
	switch {
	case !ok:
		return fault.InvalidField(FieldReplacementType, reason.Inconsistent,
			"the types %s and %s are both packages; a package is replaced by a flexible type, and a flexible type by either", of.Name, by.Name)
	case fitting != a.Operation:
		return fault.InvalidField(FieldClassification, reason.Inconsistent, "to replace a subscription of the type %s by one of the type %s is %s, by the classifications of both",
			of.Name, by.Name, fitting)
	}
	return nil
}

// succession is what a replacement by a type leads to.
type succession struct {
	// after is the replaced subscription, and made the new one.
	after, made Subscription
	// moves are the services of the replaced one, each with the id of what takes its place in the new one.
	moves []ServiceChange
}

// replace leads a subscription to its replacement by a new one, notes the effect, and stores nothing. Faults: those of Next and CheckReplacement;
// NOT_FOUND and INACTIVE for the type; INCONSISTENT; SERVICE_NOT_OF_TYPE; BILLED_AHEAD; those of the services that are swapped and added; TOO_MANY.
func (a *Action) replace(ctx context.Context, r Reader, present Subscription, situation lifecycle.Situation) (led succession, err error) {
	if led.after, err = a.lead(ctx, r, present, situation); err != nil {
		return led, err
	}
	by, err := resource.FindID(ctx, FieldReplacementType, string(a.ReplacementType), r.SubscriptionType)
	if err != nil {
		return led, err
	}
	if err := resource.CheckActive(FieldReplacementType, by.Inactive); err != nil {
		return led, err
	}
	of, err := r.SubscriptionType(ctx, resource.ByID(present.Type))
	if err != nil {
		return led, err
	}
	if err := a.checkTypes(of, by); err != nil {
		return led, err
	}
	led.made = Subscription{
		ID: ID(id.New()), Number: newNumber("S"), State: present.State, Rating: RatingPending, FirstActivated: present.FirstActivated, Account: present.Account, Type: by.ID,
		Group: present.Group, PrivacyLevel: present.PrivacyLevel, Notes: present.Notes, Fields: present.Fields, Terms: present.Terms,
	}
	if err := a.hand(ctx, r, present, by, situation, &led); err != nil {
		return led, err
	}
	for len(led.after.Items) > 0 {
		led.made.receive(led.after.uninstall(0, a.Operation, led.made.ID, situation.Today), situation.Today)
	}
	if len(led.made.Services) > maxServices {
		return led, fault.New(fault.FailedPrecondition, reason.TooMany, "the new subscription would have more than %d services", maxServices)
	}
	if err := situation.CheckReplacement(by.Rules, string(led.made.missing(by))); err != nil {
		return led, err
	}
	return led, present.checkBilledAhead(ctx, r, situation.Today)
}

// hand gives the new subscription the services of the replaced one that have not ended, or others in their places, and those that it has besides.
func (a *Action) hand(ctx context.Context, r Reader, present Subscription, by catalogue.SubscriptionType, situation lifecycle.Situation, led *succession) error {
	for _, change := range a.Services {
		if change.ID != "" && !slices.ContainsFunc(present.Services, func(s SubscribedService) bool { return s.ID == change.ID && !s.State.Ended() }) {
			return resource.NotFound("subscription_service_id", "the subscription has no service "+change.ID+" that has not ended")
		}
	}
	for _, service := range present.Services {
		if service.State.Ended() {
			continue
		}
		swap := slices.IndexFunc(a.Services, func(change ServiceChange) bool { return change.ID == service.ID })
		if swap >= 0 {
			if err := led.begin(ctx, r, a.Services[swap], service.State, situation.Today); err != nil {
				return err
			}
			led.moves = append(led.moves, a.Services[swap])
			continue
		}
		if !by.Offers(service.Product) {
			return fault.InvalidField(FieldReplacementType, reason.ServiceNotOfType,
				"the type %s does not have the service %s of product %s; swap it for one that the type has, or end it first", by.Name, service.ID, service.Product)
		}
		moved := service
		moved.ID = id.New()
		led.moves = append(led.moves, ServiceChange{ID: service.ID, NewID: moved.ID})
		led.made.Services = append(led.made.Services, moved)
	}
	for _, change := range a.Services {
		if change.ID == "" {
			if err := led.begin(ctx, r, change, present.State, situation.Today); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin adds a service to the new subscription, in a state.
func (s *succession) begin(ctx context.Context, r Reader, change ServiceChange, state LifeCycleState, today date.Date) error {
	product, err := serviceProduct(ctx, r, resource.Reference{Field: "service_identifier", Keys: []resource.Key{resource.ByID(change.Product)}})
	if err != nil {
		return err
	}
	if err := checkServiceNow(ctx, r, s.made.Type, product, change.Components); err != nil {
		return err
	}
	added := SubscribedService{ID: change.NewID, Product: change.Product, Components: change.Components, ServiceLife: ServiceLife{Added: today}}
	added.become(lifecycle.Service{State: state}, today)
	s.made.Services = append(s.made.Services, added)
	return nil
}

// cost returns what a replacement costs: what the services of the replaced subscription are credited, what those of the new one are charged, and what leaves the
// binding period, which goes on in the new one. To the rules of costs it is one subscription, whose services are swapped.
func (s *succession) cost(ctx context.Context, r Reader, present Subscription, by *Action, today date.Date) (*Cost, error) {
	both := s.made
	both.Services = slices.Concat(s.after.Services, s.made.Services)
	return costOf(ctx, r, present, both, &Action{Operation: by.Operation, Services: s.moves}, today)
}

// checkBilledAhead checks that no billing terms before the present ones have been billed for days for which a new subscription would be billed too: those after
// the present cycle where it is billed beforehand, as that cycle is credited, and those from today on where it is billed afterwards. Fault: BILLED_AHEAD.
func (s *Subscription) checkBilledAhead(ctx context.Context, r Reader, today date.Date) error {
	regimes, err := regimesOf(ctx, r, s.Terms)
	if err != nil || len(regimes) < 2 || s.Terms.Present() == nil {
		return err
	}
	present, from := regimes[len(regimes)-1], today
	switch present.kind {
	case catalogue.PreBill:
		from = present.terms.Cycle(today).End
	case catalogue.PostBill:
	default: // it is not billed
		return nil
	}
	if until := unbilled(regimes, today); from.Before(until) {
		return fault.New(fault.FailedPrecondition, reason.BilledAhead,
			"the subscription is %s, and its billing terms before the present ones have been billed until %s; replace it on that day", s.State, until)
	}
	return nil
}

// executeReplacement replaces a subscription by a new one of a type, and returns the subscription after it. If it returns a fault, it has stored nothing.
func (a *Action) executeReplacement(ctx context.Context, w Writer, present Subscription, situation lifecycle.Situation) (Subscription, error) {
	led, err := a.replace(ctx, w, present, situation)
	if err != nil {
		return Subscription{}, err
	}
	if a.Effect.Cost, err = led.cost(ctx, w, present, a, situation.Today); err != nil {
		return Subscription{}, err
	}
	if err := led.handUnique(ctx, w); err != nil {
		return Subscription{}, err
	}
	if a.Effect.Withdrawn, err = withdraw(ctx, w, a, present, led.after.State); err != nil {
		return Subscription{}, err
	}
	if err := w.Update(ctx, &led.after); err != nil {
		return Subscription{}, err
	}
	if err := w.Create(ctx, &led.made); err != nil {
		return Subscription{}, err
	}
	if err := a.recordCreation(ctx, w, led.made); err != nil {
		return Subscription{}, err
	}
	a.Replacement = led.made.ID
	a.settle(ActionExecuted, w.Now())
	return led.after, nil
}

// handUnique takes the values of unique user defined fields away from the replaced subscription, as the new one has them and no two may. That it has held them
// alone until now means that the new one can.
func (s *succession) handUnique(ctx context.Context, w Writer) error {
	settings, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	for _, one := range settings.UserFields.Unique(userfield.OfSubscription) {
		s.after.Fields.Remove(one.Field)
	}
	for _, of := range []*Subscription{&s.after, &s.made} {
		if err := keepUnique(ctx, w, settings.UserFields, of, userfield.VendorPath("")); err != nil {
			return err
		}
	}
	return nil
}

// recordCreation records the creation of the new subscription, as of the time of the replacement. Its cost is part of what that costs.
func (a *Action) recordCreation(ctx context.Context, w Writer, made Subscription) error {
	creation := Action{
		Operation: lifecycle.CreateActivate, Replaced: a.Subscription, Submitted: w.Now(), Submitter: a.Submitter,
		Details: Details{Scheduled: a.Scheduled, Performed: a.Performed, Performer: a.Performer, PerformerUnit: a.PerformerUnit},
	}
	creation.begin(&made)
	creation.Prepare(w.Now())
	creation.settle(ActionExecuted, w.Now())
	return w.Create(ctx, &creation)
}
