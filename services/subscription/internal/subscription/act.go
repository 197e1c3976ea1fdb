package subscription

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Order is an action that a caller asks for. Actions keep a digest of its JSON: a member that it gets later must be left out while it is empty.
type Order struct {
	// Target is the subscription that is meant.
	Target Target
	// Etag is the etag that the subscription must have, or empty.
	Etag string
	// Operation is what to do. Resume stands for the end of what the subscription is in.
	Operation lifecycle.Operation
	Details   Details
	// Performer refers to the user who really did it; nil for none.
	Performer *resource.Reference
	// Type and SubType refer to those of the action; nil for none.
	Type, SubType *resource.Reference
	// Until is the date on which the short term or the rest ends, or zero.
	Until date.Date
	// Replacement refers to the subscription that takes the place of a replaced one; nil for none.
	Replacement *resource.Reference
	// ReplacementType refers to the type of a new subscription that takes the place of a replaced one; nil for none. Services are then those that the new
	// one has in place of others, or besides.
	ReplacementType *resource.Reference `json:",omitempty"`
	// FieldsPath tells where the request has the user defined fields of Details. Nil: where those of the contract have them.
	FieldsPath userfield.Path `json:"-"`
	// Services are the services to add, end or swap.
	Services []ServiceOrder
	// Items are the installed items to add, remove, swap or move, and Destination refers to the subscription to move to; nil for none.
	Items       []ItemOrder
	Destination *resource.Reference
	// Terms is what an amendment asks of the billing terms, without the scheme, to which Scheme refers; nil for none.
	Terms  *terms.Change
	Scheme *resource.Reference
}

// Resume ends a rest, or a short term, whichever the subscription is in.
const Resume lifecycle.Operation = "RESUME"

// Fields of requests that faults of Act name.
const (
	FieldScheduled   = "scheduled_date"
	FieldReference   = "transaction_reference_number"
	FieldReplacement = "replacement"
	FieldDestination = "destination"
)

// Done is an action, and its subscription after it.
type Done struct {
	Action Action
	View   View
}

// Act submits an action and, unless it is scheduled for later, executes it, after those that are overdue. The preview of one for later shows its effect at
// its time. Faults, beside those of finding what the
// order refers to:
//
//   - those of lifecycle.Situation.Next
//   - OUT_OF_RANGE: the scheduled time is past.
//   - ACTION_OVERDUE: a scheduled action that should have been done before fails.
//   - ALREADY_EXISTS: another action has the transaction reference. An order with the same content returns that action.
func (s *Service) Act(ctx context.Context, order Order, options ...mutation.Option) (Done, error) {
	done, err := mutation.Run(ctx, s.Service, order.do, options...)
	if done, err = shown(ctx, s, done.Action.Subscription, done, err); err != nil {
		return Done{}, err
	}
	done.Action, err = concealed(ctx, s, done.Action, nil)
	return done, err
}

func (o Order) do(ctx context.Context, w Writer) (done Done, err error) {
	present, err := o.Target.find(ctx, w)
	if err != nil {
		return Done{}, err
	}
	asked, err := o.digest()
	if err != nil {
		return Done{}, err
	}
	known, err := referred(ctx, w, o.Details.Reference)
	if err != nil {
		return Done{}, err
	}
	if known != nil && known.Subscription == present.ID && known.Asked == asked {
		return repeatedAs(ctx, w, *known, present) // whatever it names may be gone by now
	}
	if known == nil {
		// The etag is that of the subscription as it is read: callers cannot see it as it is after actions that are overdue.
		if err := mutation.CheckEtag("subscription", present.ID, present, o.Etag); err != nil {
			return Done{}, err
		}
		if present, err = o.catchUp(ctx, w, present); err != nil {
			return Done{}, err
		}
	}
	action, err := o.action(ctx, w, present, known)
	if err != nil {
		return Done{}, err
	}
	if known != nil {
		if !known.same(action) {
			return Done{}, referenceTaken(known.Reference)
		}
		return repeatedAs(ctx, w, *known, present)
	}
	action.Asked = asked
	if err := o.checkFields(ctx, w, &action); err != nil {
		return Done{}, err
	}
	if !action.Scheduled.IsZero() {
		if err := action.schedule(ctx, w, present); err != nil {
			return Done{}, err
		}
		if mutation.OnlyValidates(ctx) {
			if err := action.foresee(ctx, w, present); err != nil {
				return Done{}, err
			}
		}
	} else {
		if present, err = action.execute(ctx, w, present, w.Now()); err != nil {
			return Done{}, err
		}
		if err := w.Create(ctx, &action); err != nil {
			return Done{}, err
		}
	}
	if mutation.OnlyValidates(ctx) && action.ReplacementType != "" {
		action.Replacement = "" // the new subscription has another id once there is one
	}
	done.Action = action
	done.View, err = viewOf(ctx, w, present, action)
	return done, err
}

// catchUp executes what is overdue before an action that is done at once, and returns the subscription after it. Fault: ACTION_OVERDUE, also if that is more
// than mostAhead actions.
func (o Order) catchUp(ctx context.Context, w Writer, present Subscription) (Subscription, error) {
	if !o.Details.Scheduled.IsZero() {
		return present, nil
	}
	after, err := catchUp(ctx, w, present, w.Now(), mostAhead)
	if errors.Is(err, errTooManyAhead) {
		return Subscription{}, fault.New(fault.FailedPrecondition, reason.ActionOverdue,
			"more than %d scheduled actions of the subscription are overdue; the service is executing them, so try again in a minute", mostAhead)
	}
	return after, err
}

// checkFields checks the user defined fields of a new action by what they mean.
func (o Order) checkFields(ctx context.Context, w Writer, action *Action) error {
	path := o.FieldsPath
	if path == nil {
		path = userfield.VendorPath("")
	}
	settings, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	if err := settings.UserFields.Check(userfield.OfAction, &action.Fields, nil, path); err != nil {
		return err
	}
	return keepUnique(ctx, w, settings.UserFields, action, path)
}

// action returns the action that the order asks for. known is the one with its transaction reference, or nil.
func (o Order) action(ctx context.Context, w Writer, present Subscription, known *Action) (action Action, err error) {
	action = Action{
		Subscription: present.ID, Operation: o.Operation, Details: o.Details, Until: o.Until,
		Submitted: w.Now(), Submitter: w.Caller().Actor,
	}
	if err := action.performedBy(ctx, w, o.Performer); err != nil {
		return Action{}, err
	}
	if err := action.classify(ctx, w, o.Type, o.SubType, known != nil); err != nil {
		return Action{}, err
	}
	if o.Replacement != nil {
		replacement, err := siblingOf(ctx, w, *o.Replacement, present, known != nil)
		if err != nil {
			return Action{}, err
		}
		action.Replacement = replacement.ID
	}
	if o.Operation.OnItems() {
		if err := action.onItems(ctx, w, o, present, known); err != nil {
			return Action{}, err
		}
	}
	if o.Operation.OnTerms() {
		if action.Terms, err = o.termsChange(ctx, w); err != nil {
			return Action{}, err
		}
	}
	if o.Operation.OnServices() {
		kind, err := w.SubscriptionType(ctx, resource.ByID(present.Type))
		if err != nil {
			return Action{}, err
		}
		if action.Services, err = o.serviceChanges(ctx, w, present, kind, known); err != nil {
			return Action{}, err
		}
	}
	if o.ReplacementType != nil {
		if err := action.byType(ctx, w, o, present, known); err != nil {
			return Action{}, err
		}
	}
	if o.Operation == Resume {
		action.Operation = resuming(present.State)
		if known != nil && slices.Contains(resumed, known.Operation) {
			action.Operation = known.Operation // repeated: the state is that after it
		}
	}
	action.Prepare(w.Now())
	return action, nil
}

// onItems records what an order does with installed items. known is the action with the transaction reference of the order, or nil.
func (a *Action) onItems(ctx context.Context, w Writer, order Order, present Subscription, known *Action) (err error) {
	if a.Items, err = order.itemChanges(ctx, w, present, known); err != nil || order.Destination == nil {
		return err
	}
	destination, err := siblingOf(ctx, w, *order.Destination, present, known != nil)
	a.Destination = destination.ID
	return err
}

// termsChange returns what an order asks of billing terms.
func (o Order) termsChange(ctx context.Context, r Reader) (*terms.Change, error) {
	var change terms.Change
	if o.Terms != nil {
		change = *o.Terms
	}
	if o.Scheme == nil {
		return &change, nil
	}
	scheme, err := resource.Find(ctx, *o.Scheme, r.BillingTermScheme)
	change.Scheme = scheme.ID
	return &change, err
}

// performedBy records who really did the action, if the caller says so.
func (a *Action) performedBy(ctx context.Context, w Writer, user *resource.Reference) error {
	if user == nil {
		return nil
	}
	performer, err := resource.Find(ctx, *user, userOf(w))
	a.Performer = performer.ID
	return err
}

// userOf returns a function that finds a user by its id, or by its user name in the organisation of the caller.
func userOf(w Writer) func(context.Context, resource.Key) (organisation.User, error) {
	return func(ctx context.Context, key resource.Key) (organisation.User, error) {
		if key.Name != resource.KeyUserName {
			return w.User(ctx, key)
		}
		id, isUser := strings.CutPrefix(w.Caller().Actor, string(resource.KindUser)+"/")
		if !isUser {
			return organisation.User{}, resource.Missing("User", key)
		}
		caller, err := w.User(ctx, resource.ByID(id))
		if err != nil {
			return organisation.User{}, err
		}
		caller.UserName = key.Value
		return w.User(ctx, resource.Key{Name: resource.KeyLogin, Value: caller.Login()})
	}
}

// resumed are the operations for which Resume stands.
var resumed = []lifecycle.Operation{lifecycle.EndShortTermActivation, lifecycle.EndShortTermDeactivation, lifecycle.EndResting}

// resuming returns the operation that ends what a subscription in a state is in.
func resuming(in LifeCycleState) lifecycle.Operation {
	switch in {
	case ShortTermEffective:
		return lifecycle.EndShortTermActivation
	case ShortTermNotEffective:
		return lifecycle.EndShortTermDeactivation
	}
	return lifecycle.EndResting
}

// siblingOf returns another subscription of the same account that has not ended. It may have ended since if the order is repeated.
func siblingOf(ctx context.Context, w Writer, reference resource.Reference, of Subscription, repeated bool) (Subscription, error) {
	found, err := Target{Subscription: reference}.find(ctx, w)
	if err == nil {
		err = found.checkSibling(reference.Field, of, repeated)
	}
	if err != nil {
		return Subscription{}, err
	}
	return found, nil
}

// checkSibling returns an INVALID_VALUE fault on a field that names the subscription if it is not another one of the account of `of`, or if it has
// ended and may not have.
func (s Subscription) checkSibling(field string, of Subscription, mayHaveEnded bool) error {
	if s.ID == of.ID || s.Account != of.Account || s.State.Ended() && !mayHaveEnded {
		return fault.InvalidField(field, reason.InvalidValue, "must be another subscription of the same account that has not ended; %s is %s and of account %s",
			s.Number, s.State, s.Account)
	}
	return nil
}

// presentSibling returns a subscription that an action names, as it is when the action is executed. Faults: NOT_FOUND, INVALID_VALUE.
func presentSibling(ctx context.Context, w Reader, field string, named ID, of Subscription) (Subscription, error) {
	found, err := resource.FindID(ctx, field, string(named), w.Subscription)
	if err != nil {
		return Subscription{}, err
	}
	if found.checkSibling(field, of, false) != nil { // in words that do not describe one which readers of the action may not see
		return Subscription{}, fault.InvalidField(field, reason.InvalidValue, "must be another subscription of the same account that has not ended")
	}
	return found, nil
}

// same reports whether an action asks for the same as another one.
func (a *Action) same(other Action) bool {
	return a.Subscription == other.Subscription && a.Operation == other.Operation && a.Until == other.Until &&
		a.ReplacementType == other.ReplacementType && (a.Replacement == other.Replacement || a.ReplacementType != "") && a.Destination == other.Destination &&
		sameItems(a.Items, other.Items) && sameServices(a.Services, other.Services) &&
		reflect.DeepEqual(a.Details, other.Details) && reflect.DeepEqual(a.Terms, other.Terms)
}

// referred returns the action that was submitted with a transaction reference, or nil if none was.
func referred(ctx context.Context, r Reader, reference string) (*Action, error) {
	if reference == "" {
		return nil, nil //nolint:nilnil // neither is there one nor an error
	}
	known, err := r.Action(ctx, resource.Key{Name: resource.KeyReference, Value: reference})
	if errors.Is(err, fault.NotFound) {
		return nil, nil //nolint:nilnil // neither is there one nor an error
	}
	return &known, err
}

// referenceTaken returns the fault for a transaction reference of another action.
func referenceTaken(reference string) error {
	return fault.AtField(fault.AlreadyExists, FieldReference, reason.AlreadyExists,
		"another action has the transaction reference %q; a new action needs a new one", reference)
}

// viewOf returns a subscription with its account and type, and with the types of actions.
func viewOf(ctx context.Context, r Reader, of Subscription, actions ...Action) (view View, err error) {
	view.Subscription = of
	if view.Account, err = r.Account(ctx, resource.ByID(of.Account)); err != nil {
		return View{}, err
	}
	if view.Type, err = r.SubscriptionType(ctx, resource.ByID(of.Type)); err != nil {
		return View{}, err
	}
	return view, view.know(ctx, r, actions...)
}
