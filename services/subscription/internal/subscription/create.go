package subscription

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// New is a subscription that the native API is to create, with what is said of its creation. Actions keep a digest of its JSON, as of Order.
type New struct {
	Subscription Subscription
	// Opening is what is asked of the first billing terms, or nil.
	Opening *terms.Change
	Details Details
	// Performer refers to the user who really did it, Type and SubType to those of the action; nil for none.
	Performer     *resource.Reference
	Type, SubType *resource.Reference
}

// Create adds a subscription with defaults for what is not set, and records that as an action. Faults: those of Prepare and of an activation; and
// ALREADY_EXISTS for the transaction reference of another action. The same creation with the same reference returns the subscription of the first one, if
// the caller sees it.
func (s *Service) Create(ctx context.Context, asked New, options ...mutation.Option) (Subscription, error) {
	created, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Subscription, error) {
		return asked.do(ctx, w, s.Prepare)
	}, options...)
	created, err = shown(ctx, s, created.ID, created, err)
	return concealed(ctx, s, created, err)
}

// operation returns the operation of the action that records the creation.
func (n New) operation() lifecycle.Operation {
	if n.Subscription.State == Draft {
		return lifecycle.CreateDraft
	}
	return lifecycle.CreateActivate
}

func (n New) do(ctx context.Context, w Writer, prepare func(ctx context.Context, w Writer, given, present *Subscription) error) (Subscription, error) {
	action := Action{Operation: n.operation(), Details: n.Details, Submitted: w.Now(), Submitter: w.Caller().Actor}
	var err error
	if action.Asked, err = digestOf(n.Details, n); err != nil {
		return Subscription{}, err
	}
	known, err := referred(ctx, w, action.Reference)
	if err != nil {
		return Subscription{}, err
	}
	if known != nil {
		return n.repeated(ctx, w, *known, action)
	}
	created := n.Subscription.Clone()
	created.Opening = n.Opening
	brought := !created.FirstActivated.IsZero()
	if err := prepare(ctx, w, &created, nil); err != nil {
		return Subscription{}, err
	}
	if err := action.performedBy(ctx, w, n.Performer); err != nil {
		return Subscription{}, err
	}
	if err := action.classify(ctx, w, n.Type, n.SubType, false); err != nil {
		return Subscription{}, err
	}
	if err := w.Create(ctx, &created); err != nil {
		return Subscription{}, err
	}
	action.begin(&created)
	if !brought { // what is brought over was charged where it was before
		if action.Effect.Cost, err = created.startingCost(ctx, w); err != nil {
			return Subscription{}, err
		}
	}
	action.Prepare(w.Now())
	action.settle(ActionExecuted, w.Now())
	if err := action.checkGiven(ctx, w, userfield.NativePath("details.")); err != nil {
		return Subscription{}, err
	}
	return created, w.Create(ctx, &action)
}

// begin records what the action created.
func (a *Action) begin(created *Subscription) {
	a.Subscription, a.Services, a.Effect = created.ID, created.additions(), &Effect{To: created.State}
	for _, service := range created.Services {
		a.Effect.Services = append(a.Effect.Services, ServiceEffect{ID: service.ID, To: service.State})
	}
}

// checkGiven checks those user defined fields of the action of a creation that are given: none is mandatory there, as the contract has no place for them.
func (a *Action) checkGiven(ctx context.Context, w Writer, path userfield.Path) error {
	if a.Fields == (userfield.Fields{}) {
		return nil
	}
	settings, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	if err := settings.UserFields.Check(userfield.OfAction, &a.Fields, &userfield.Fields{}, path); err != nil {
		return err
	}
	return keepUnique(ctx, w, settings.UserFields, a, path)
}

// repeated returns the subscription of the known action with the creation's transaction reference. The error is an ALREADY_EXISTS fault if that is about
// anything else, or about a subscription that the caller does not see.
func (n New) repeated(ctx context.Context, w Writer, known, asked Action) (Subscription, error) {
	present, err := find(w, ctx, resource.ByID(known.Subscription))
	if errors.Is(err, fault.NotFound) {
		return Subscription{}, referenceTaken(known.Reference)
	}
	if err != nil {
		return Subscription{}, err
	}
	same := known.Operation == asked.Operation
	switch {
	case same && known.Asked == "":
		if same, err = asked.resembles(ctx, w, known, by{n.Performer, n.Type, n.SubType}, n.Subscription, present); err != nil {
			return Subscription{}, err
		}
	case same:
		same = known.Asked == asked.Asked
	}
	if !same {
		return Subscription{}, referenceTaken(known.Reference)
	}
	return present, nil
}

// forgetCreation removes the action that records the creation of a subscription, if it has no other one.
func forgetCreation(ctx context.Context, w Writer, of ID) error {
	actions, err := w.Actions(ctx, listing.Query{Where: listing.Is(FieldOfSubscription, of), Order: byID, Limit: 2})
	if err != nil || len(actions) != 1 || actions[0].Operation.Behaviour() != lifecycle.BecomeSubscriber {
		return err
	}
	return w.Delete(ctx, &actions[0])
}
