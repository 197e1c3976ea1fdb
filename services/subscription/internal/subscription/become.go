package subscription

import (
	"context"
	"slices"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// Creation is a subscription that a caller asks for, with the account that is to own it.
type Creation struct {
	// Operation is CreateActivate or CreateDraft.
	Operation lifecycle.Operation
	Details   Details
	// Performer refers to the user who really did it; nil for none.
	Performer *resource.Reference
	// ActionType and SubActionType refer to those of the action; nil for none.
	ActionType    *resource.Reference `json:",omitempty"`
	SubActionType *resource.Reference `json:",omitempty"`
	Type          resource.Reference
	Owner         Owner
	Notes         userfield.Change[string]
	// Group and PrivacyLevel are nil for none.
	Group        *resource.Reference
	PrivacyLevel *resource.Reference
	Fields       userfield.Changes
	// Services are the products of the services, and Items the installed items.
	Services []resource.Reference
	Items    []resource.Reference
	// Components refer to the components of the services of flexible bundles, by the fields that hold them; empty for none.
	Components map[string][]resource.Reference `json:",omitempty"`
	// Terms is what is asked of the billing terms, without the scheme, to which Scheme refers; nil for none.
	Terms  *terms.Change
	Scheme resource.Reference
}

// Owner is the account that is to own a new subscription: an existing or a new one.
type Owner struct {
	// Existing refers to an account; nil for a new one.
	Existing *resource.Reference
	// New is the new account without its classification, to which Classification refers.
	New            account.Account
	Classification resource.Reference
	// PrivacyLevel and Manager refer to those of the new account; nil for none.
	PrivacyLevel *resource.Reference `json:",omitempty"`
	Manager      *resource.Reference `json:",omitempty"`
}

// Become creates a subscription and, if that is asked for, its account, and records it as an action. Faults: those of finding
// what the creation refers to; INACTIVE and ACCOUNT_NOT_ACTIVE; REPEATED for an installed item; ALREADY_EXISTS for the transaction
// reference of another action. The same creation with the same reference returns the first action, if the caller sees its subscription.
func (s *Service) Become(ctx context.Context, creation Creation, options ...mutation.Option) (Done, error) {
	done, err := mutation.Run(ctx, s.Service, creation.do, options...)
	return shown(ctx, s, done.Action.Subscription, done, err)
}

func (c Creation) do(ctx context.Context, w Writer) (done Done, err error) {
	action := Action{Operation: c.Operation, Details: c.Details, Submitted: w.Now(), Submitter: w.Caller().Actor}
	if action.Asked, err = c.digest(); err != nil {
		return Done{}, err
	}
	known, err := referred(ctx, w, action.Reference)
	if err != nil {
		return Done{}, err
	}
	if known != nil {
		return c.repeated(ctx, w, *known, action)
	}
	made, err := c.make(ctx, w)
	if err != nil {
		return Done{}, err
	}
	if err := action.performedBy(ctx, w, c.Performer); err != nil {
		return Done{}, err
	}
	if err := action.classify(ctx, w, c.ActionType, c.SubActionType, false); err != nil {
		return Done{}, err
	}
	if err := c.store(ctx, w, &made); err != nil {
		return Done{}, err
	}
	action.begin(&made.Subscription)
	if action.Effect.Cost, err = made.Subscription.startingCost(ctx, w); err != nil {
		return Done{}, err
	}
	action.Prepare(w.Now())
	action.settle(ActionExecuted, w.Now())
	if err := made.know(ctx, w, action); err != nil {
		return Done{}, err
	}
	return Done{Action: action, View: made}, w.Create(ctx, &action)
}

// make returns the subscription as a draft, its account and its type. Nothing is stored yet.
func (c Creation) make(ctx context.Context, w Writer) (made View, err error) {
	if made.Type, err = resource.Find(ctx, c.Type, w.SubscriptionType); err != nil {
		return View{}, err
	}
	if err := resource.CheckActive(c.Type.Field, made.Type.Inactive); err != nil {
		return View{}, err
	}
	if made.Account, err = c.Owner.find(ctx, w); err != nil {
		return View{}, err
	}
	draft := &made.Subscription
	draft.ID, draft.State, draft.Type, draft.Account = ID(id.New()), Draft, made.Type.ID, made.Account.ID
	update := Update{Notes: c.Notes, Group: c.Group, PrivacyLevel: c.PrivacyLevel, Fields: c.Fields}
	if _, err := update.revise(ctx, w, draft); err != nil {
		return View{}, err
	}
	for _, reference := range c.Services {
		product, err := serviceProduct(ctx, w, reference)
		if err != nil {
			return View{}, err
		}
		if err := checkOffered(reference.Field, made.Type, product.ID); err != nil {
			return View{}, err
		}
		field := componentsField(reference)
		chosen, err := chosenComponents(ctx, w, product, field, c.Components[field])
		if err != nil {
			return View{}, err
		}
		draft.Services = append(draft.Services, SubscribedService{Product: product.ID, Components: chosen})
	}
	if c.Terms != nil {
		scheme, err := resource.Find(ctx, c.Scheme, w.BillingTermScheme)
		if err != nil {
			return View{}, err
		}
		opening := *c.Terms
		opening.Scheme, draft.Opening = scheme.ID, &opening
	}
	for _, reference := range c.Items {
		item, err := resource.Find(ctx, reference, w.InstalledItem)
		if err != nil {
			return View{}, err
		}
		if err := resource.CheckActive(reference.Field, item.Inactive); err != nil {
			return View{}, err
		}
		if slices.ContainsFunc(draft.Items, func(before Installation) bool { return before.Item == item.ID }) {
			return View{}, fault.InvalidField(reference.Field, reason.Repeated, "names %q, which an entry before it named already", item.ID)
		}
		if err := draft.checkElsewhere(ctx, w, reference.Field, item.ID); err != nil {
			return View{}, err
		}
		draft.Items = append(draft.Items, Installation{Item: item.ID})
	}
	return made, nil
}

// find returns the account that exists, or the new one, which is not stored yet.
func (o Owner) find(ctx context.Context, w Writer) (account.Account, error) {
	if o.Existing != nil {
		owner, err := accountOf(ctx, w, *o.Existing)
		if err != nil {
			return owner, err
		}
		if err := resource.CheckActive(o.Existing.Field, owner.Inactive); err != nil {
			return owner, err
		}
		return owner, owner.CheckActive(o.Existing.Field)
	}
	made := o.New
	classification, err := resource.Find(ctx, o.Classification, w.AccountClassification)
	if err != nil {
		return made, err
	}
	if err := resource.CheckActive(o.Classification.Field, classification.Inactive); err != nil {
		return made, err
	}
	made.Classification, made.Number = classification.ID, newNumber("A")
	if err := o.lookAfter(ctx, w, &made); err != nil {
		return made, err
	}
	made.Prepare()
	return made, nil
}

// lookAfter sets who may see the new account, which must be the caller too, and who looks after it.
func (o Owner) lookAfter(ctx context.Context, w Writer, made *account.Account) error {
	if o.PrivacyLevel != nil {
		level, err := resource.Find(ctx, *o.PrivacyLevel, w.PrivacyLevel)
		if err != nil {
			return err
		}
		if err := resource.CheckActive(o.PrivacyLevel.Field, level.Inactive); err != nil {
			return err
		}
		if err := visibility.From(ctx).CheckPrivacy(o.PrivacyLevel.Field, level); err != nil {
			return err
		}
		made.PrivacyLevel = level.ID
	}
	if o.Manager != nil {
		manager, err := resource.Find(ctx, *o.Manager, userOf(w))
		if err != nil {
			return err
		}
		made.Manager = manager.ID
	}
	return nil
}

// newNumber returns a number for people that no other resource has.
func newNumber(prefix string) string { return prefix + id.New()[randomDigits:] }

// store stores the subscription, active if that is asked for, and its account if that is new.
func (c Creation) store(ctx context.Context, w Writer, made *View) error {
	if c.Owner.Existing == nil {
		path := userfield.VendorPath("accounts_receivable.")
		if err := made.Account.Check(ctx, w, nil, false, path); err != nil {
			return err
		}
		if err := made.Account.KeepUnique(ctx, w, path); err != nil {
			return err
		}
		if err := w.Create(ctx, &made.Account); err != nil {
			return err
		}
	}
	created := &made.Subscription
	created.Number = newNumber("S")
	if err := created.Prepare(ctx, w, w.Now(), Preparation{FieldsPath: userfield.VendorPath("")}); err != nil {
		return err
	}
	if err := c.keepUnique(ctx, w, created); err != nil {
		return err
	}
	if c.Operation == lifecycle.CreateActivate {
		if err := created.activate(ctx, w); err != nil {
			return err
		}
	}
	return w.Create(ctx, created)
}

// keepUnique keeps the values of the unique fields of a new subscription.
func (c Creation) keepUnique(ctx context.Context, w Writer, created *Subscription) error {
	if !c.Fields.Any() {
		return nil
	}
	settings, err := w.Settings(ctx)
	if err != nil {
		return err
	}
	return keepUnique(ctx, w, settings.UserFields, created, userfield.VendorPath(""))
}

// startingCost returns what a new subscription costs.
func (s *Subscription) startingCost(ctx context.Context, r Writer) (*Cost, error) {
	calendar, err := calendarOf(ctx, r)
	if err != nil {
		return nil, err
	}
	return costOf(ctx, r, Subscription{}, *s, &Action{Operation: lifecycle.CreateActivate}, calendar.Day(r.Now()))
}

// activate activates a draft that is not stored yet, by the rules of an activation.
func (s *Subscription) activate(ctx context.Context, w Writer) error {
	calendar, err := calendarOf(ctx, w)
	if err != nil {
		return err
	}
	situation, err := situationOf(ctx, w, *s, calendar.Day(w.Now()))
	if err != nil {
		return err
	}
	to, err := situation.Next(lifecycle.Step{Operation: lifecycle.Activate})
	if err != nil {
		return err
	}
	s.enter(to, lifecycle.Activate, s.Until, situation.Today)
	return nil
}

// additions returns the services of a new subscription as what an action adds.
func (s *Subscription) additions() (added []ServiceChange) {
	for _, service := range s.Services {
		added = append(added, ServiceChange{Product: service.Product, NewID: service.ID, Components: service.Components})
	}
	return added
}

// componentsField returns the field that holds the components of a service whose product is referred to, in the same entry.
func componentsField(product resource.Reference) string {
	return strings.TrimSuffix(product.Field, ".service_identifier") + "." + ComponentsField
}

// ComponentsField is the field of an entry of services that holds their components.
const ComponentsField = "components_set"
