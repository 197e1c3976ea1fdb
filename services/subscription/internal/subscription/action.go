package subscription

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// ActionID identifies an action. Ids sort by the time of submission.
type ActionID string

// ActionState is the state of an action, in the spelling of CRM.COM's release 15 (pageId=956817).
type ActionState string

// The values of ActionState.
const (
	ActionScheduled ActionState = "SCHEDULED"
	ActionExecuted  ActionState = "EXECUTED"
	ActionCancelled ActionState = "CANCELLED"
	ActionRejected  ActionState = "REJECTED"
)

// Action records what was done with a subscription, or will be.
type Action struct {
	mutation.Revision
	ID ActionID `json:"id"`
	// Number is the number shown to people, unique within the tenant.
	Number string `json:"number"`
	// Subscription is the subscription that the action is about. It never changes.
	Subscription ID `json:"subscription"`
	// Operation is what is done, CRM.COM's business classification.
	Operation lifecycle.Operation `json:"operation"`
	State     ActionState         `json:"state"`
	Details
	// Until is the date on which the short term or the rest ends, or zero.
	Until date.Date `json:"until,omitzero"`
	// Replacement is the subscription that takes the place of a replaced one, or empty.
	Replacement ID `json:"replacement,omitempty"`
	// ReplacementType is the type of the new subscription that takes the place of a replaced one, which Replacement is then once the action is executed; empty
	// for none.
	ReplacementType catalogue.TypeID `json:"replacement_type,omitempty"`
	// Replaced is the subscription whose place the one that the action creates has taken, or empty.
	Replaced ID `json:"replaced,omitempty"`
	// Services are the services that the action adds, ends or swaps.
	Services []ServiceChange `json:"services,omitempty"`
	// Items are the installed items that the action adds, removes, swaps or moves, and Destination is where they are moved.
	Items       []ItemChange `json:"items,omitempty"`
	Destination ID           `json:"destination,omitempty"`
	// Terms is what an amendment asks of the billing terms, or nil.
	Terms *terms.Change `json:"terms,omitempty"`
	// Asked is a digest of what a caller asked for with a transaction reference; empty for actions without one, for those of versions before
	// and for imported ones.
	Asked string `json:"asked,omitempty"`
	// Submitted is when the action was submitted, and Submitter the actor who did.
	Submitted time.Time `json:"submitted"`
	Submitter string    `json:"submitter"`
	// Settled is when the action was executed, cancelled or rejected, or zero.
	Settled time.Time `json:"settled,omitzero"`
	// Automatic actions are the ends of rests and short terms, which the service schedules itself.
	Automatic bool `json:"automatic,omitempty"`
	// Effect is what the action changed, or nil if it was not executed.
	Effect *Effect `json:"effect,omitempty"`
	// Rejection is why the action was not possible at its time, or nil.
	Rejection *Rejection `json:"rejection,omitempty"`
	// Failure is why a scheduled action could not be executed so far, or nil.
	Failure *Failure `json:"failure,omitempty"`
}

// Details is what callers can say of every action.
type Details struct {
	// Reference is the caller's own, unique among the actions of a tenant, or empty.
	Reference string `json:"reference,omitempty"`
	// Scheduled is when the action is to be done, or zero for at once.
	Scheduled time.Time `json:"scheduled,omitzero"`
	// Performed is when it was really done, or zero; Performer and PerformerUnit are who did it, and in which unit.
	Performed     time.Time           `json:"performed,omitzero"`
	Performer     organisation.UserID `json:"performer,omitempty"`
	PerformerUnit *resource.Unit      `json:"performer_unit,omitempty"`
	// Type and SubType say what the company takes the action for; empty for none. A sub type is one of the type.
	Type    catalogue.ActionTypeID `json:"type,omitempty"`
	SubType catalogue.ActionTypeID `json:"sub_type,omitempty"`
	// Fields are also written if they are empty, unlike in other documents: digests of what was asked for have them.
	Fields userfield.Fields `json:"fields"`
}

// Effect is what an action changed.
type Effect struct {
	From LifeCycleState `json:"from"`
	To   LifeCycleState `json:"to"`
	// Services are the services whose state changed.
	Services []ServiceEffect `json:"services,omitempty"`
	// Withdrawn is how many scheduled actions were withdrawn.
	Withdrawn int `json:"withdrawn,omitempty"`
	// TermsBefore and TermsAfter are the billing terms that an amendment replaced, and those that took over; nil for none.
	TermsBefore *terms.Terms `json:"terms_before,omitempty"`
	TermsAfter  *terms.Terms `json:"terms_after,omitempty"`
	// Cost is what the action costs; nil if that is nothing or cannot be said.
	Cost *Cost `json:"cost,omitempty"`
}

// ServiceEffect is what an action changed of one service.
type ServiceEffect struct {
	// ID is the id within the subscription.
	ID string `json:"id"`
	// From is the state before, or empty for a service that was added.
	From LifeCycleState `json:"from,omitempty"`
	To   LifeCycleState `json:"to"`
}

// ServiceChange is what an action does with one service.
type ServiceChange struct {
	// ID is the id of the present service within the subscription, or empty for one that is added.
	ID string `json:"id,omitempty"`
	// Product and NewID are the product and the id of the service that is added or takes the place of the present one.
	Product catalogue.ProductID `json:"product,omitempty"`
	NewID   string              `json:"new_id,omitempty"`
	// Components are those of a service of a flexible bundle.
	Components []catalogue.ProductID `json:"components,omitempty"`
}

// Rejection says why a scheduled action was not possible.
type Rejection struct {
	Reason  reason.Reason `json:"reason"`
	Message string        `json:"message"`
}

// Kind returns KindAction.
func (*Action) Kind() resource.Kind { return resource.KindAction }

// Key returns the id.
func (a *Action) Key() string { return string(a.ID) }

// Keys returns the number and the transaction reference.
func (a *Action) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: a.Number}, {Name: resource.KeyReference, Value: a.Reference}}
}

// Public returns the action. It has no secrets.
func (a *Action) Public() any { return a }

// Prepare sets the defaults of a new action.
func (a *Action) Prepare(at time.Time) {
	resource.Fill(&a.ID, id.New)
	if a.Submitted.IsZero() {
		a.Submitted = at
	}
	resource.Fill(&a.Number, func() string { return date.Of(a.Submitted).String() + "-" + id.New()[randomDigits:] })
}

// randomDigits is where in an id the digits begin that are random.
const randomDigits = 20

// settle records that nothing more will become of the action.
func (a *Action) settle(state ActionState, at time.Time) {
	a.State, a.Settled, a.Failure = state, at, nil
}

// Due returns when the action is to be done, or tried again: the zero time if nothing more will become of it.
func (a *Action) Due() time.Time {
	switch {
	case a.State != ActionScheduled:
		return time.Time{}
	case a.Failure != nil && a.Failure.Retry.After(a.Scheduled):
		return a.Failure.Retry
	}
	return a.Scheduled
}

// PrepareImported sets the defaults of an imported action and checks that its subscription exists.
func (a *Action) PrepareImported(ctx context.Context, w Writer) error {
	a.Prepare(w.Now())
	if a.State == ActionScheduled && a.Scheduled.IsZero() {
		return fault.Required("details.schedule_time")
	}
	for field, of := range map[string]catalogue.ActionTypeID{"details.action_type": a.Type, "details.sub_action_type": a.SubType} {
		if of == "" {
			continue
		}
		if _, err := resource.FindID(ctx, field, string(of), w.ActionType); err != nil {
			return err
		}
	}
	_, err := resource.FindID(ctx, "subscription", string(a.Subscription), w.Subscription)
	return err
}

// classify records the type of the action and its sub type, if the caller gives them. Faults: those of finding them; INACTIVE, also for a sub type of an inactive
// type, unless the order is repeated; INCONSISTENT if the first is a sub type, or the second none of the first. A sub type alone stands for its type too.
func (a *Action) classify(ctx context.Context, r Reader, kind, subType *resource.Reference, repeated bool) error {
	if kind != nil {
		found, err := resource.Find(ctx, *kind, r.ActionType)
		if err != nil {
			return err
		}
		if found.Parent != "" {
			return fault.InvalidField(kind.Field, reason.Inconsistent, "%q is a sub type; name its type", found.Name)
		}
		if err := resource.CheckActive(kind.Field, found.Inactive && !repeated); err != nil {
			return err
		}
		a.Type = found.ID
	}
	if subType == nil {
		return nil
	}
	found, err := resource.Find(ctx, *subType, r.ActionType)
	if err != nil {
		return err
	}
	if found.Parent == "" || a.Type != "" && found.Parent != a.Type {
		return fault.InvalidField(subType.Field, reason.Inconsistent, "%q is no sub type of the action's type", found.Name)
	}
	of, err := r.ActionType(ctx, resource.ByID(found.Parent))
	if err != nil {
		return err
	}
	a.Type, a.SubType = of.ID, found.ID
	return resource.CheckActive(subType.Field, (found.Inactive || of.Inactive) && !repeated)
}
