package subscription

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// Update describes the changes to a subscription. Fields that are not set keep their values.
type Update struct {
	Target
	Notes userfield.Change[string]
	// Group and PrivacyLevel are the new values; nil keeps the present ones.
	Group        *resource.Reference
	PrivacyLevel *resource.Reference
	Fields       userfield.Changes
	// Services and Items change user defined fields of the subscription's services and installed
	// items.
	Services []PartUpdate
	Items    []PartUpdate
}

// View is a subscription with its account and type.
type View struct {
	Subscription Subscription
	Account      account.Account
	Type         catalogue.SubscriptionType
	// ActionTypes are the types and sub types of the actions that are answered with it.
	ActionTypes map[catalogue.ActionTypeID]catalogue.ActionType `json:",omitempty"`
	// Replacements are the subscriptions that have taken its place by those actions, and ReplacementTypes the types of those that have or will.
	Replacements     map[ID]Subscription                             `json:",omitempty"`
	ReplacementTypes map[catalogue.TypeID]catalogue.SubscriptionType `json:",omitempty"`
}

// know reads the types and sub types of actions, and by what they replace.
func (v *View) know(ctx context.Context, r Reader, actions ...Action) (err error) {
	types, replacements, replacementTypes := map[catalogue.ActionTypeID]bool{}, map[ID]bool{}, map[catalogue.TypeID]bool{}
	for _, action := range actions {
		types[action.Type], types[action.SubType] = true, true
		if action.ReplacementType != "" {
			replacements[action.Replacement], replacementTypes[action.ReplacementType] = true, true
		}
	}
	if v.ActionTypes, err = readAll(ctx, types, r.ActionTypes, func(t catalogue.ActionType) catalogue.ActionTypeID { return t.ID }); err != nil {
		return err
	}
	if v.Replacements, err = readAll(ctx, replacements, r.Subscriptions, func(s Subscription) ID { return s.ID }); err != nil {
		return err
	}
	for _, made := range v.Replacements {
		replacementTypes[made.Type] = true // it may be of another type by now
	}
	v.ReplacementTypes, err = readAll(ctx, replacementTypes, r.SubscriptionTypes, func(t catalogue.SubscriptionType) catalogue.TypeID { return t.ID })
	return err
}

// byTarget tells how to find, and to store, the subscription of an update.
var byTarget = mutation.Resource[Target, Subscription, Writer]{
	What: "subscription",
	Find: func(w Writer, ctx context.Context, target Target) (Subscription, error) { return target.find(ctx, w) },
	Keep: func(w Writer, ctx context.Context, subscription *Subscription) error {
		return w.Update(ctx, subscription)
	},
}

// Apply applies all changes of an update or none. If nothing changes, the subscription keeps its
// version. Faults:
//
//   - REQUIRED or AMBIGUOUS: a reference does not have exactly one key.
//   - NOT_FOUND: a reference identifies nothing.
//   - AMBIGUOUS: the subscription has the product twice.
//   - REPEATED: two updates name the same part.
//   - TOO_LONG: a text is too long.
//   - INACTIVE: the new group or privacy level is inactive.
//   - REQUIRED, INVALID_VALUE or ALREADY_EXISTS: a user defined field is not as the settings define it.
//   - PERMISSION_DENIED: the caller does not see what the new group or privacy level has.
//
// A request repeated with its idempotency key returns the outcome of the first.
func (s *Service) Apply(ctx context.Context, update Update, options ...mutation.Option) (*View, error) {
	view, err := mutation.Run(ctx, s.Service, update.do, append(options, mutation.On("subscription", update.Target), mutation.Ahead(update.ahead))...)
	if err != nil {
		return nil, err
	}
	return shown(ctx, s, view.Subscription.ID, view, nil)
}

// ahead announces what the update names.
func (u *Update) ahead(ctx context.Context, w Writer) {
	resource.Announce(ctx, &u.Subscription, w.Owned)
	resource.Announce(ctx, u.Group, w.Group)
	resource.Announce(ctx, u.PrivacyLevel, w.PrivacyLevel)
	for _, part := range u.Services {
		resource.Announce(ctx, part.Of, w.Product)
	}
	for _, part := range u.Items {
		resource.Announce(ctx, part.Of, w.InstalledItem)
	}
}

func (u *Update) do(ctx context.Context, w Writer) (*View, error) {
	all := &owning{Writer: w}
	revised, _, err := mutation.Revise[Target, Subscription, Writer](ctx, all, byTarget, u.Target, "", u.apply)
	if err != nil {
		return nil, err
	}
	return &View{Subscription: revised, Account: all.read.Account, Type: all.read.Type}, nil
}

// apply changes the subscription and keeps the values of its unique fields.
func (u *Update) apply(ctx context.Context, w Writer, subscription *Subscription) error {
	definitions, err := u.revise(ctx, w, subscription)
	if err != nil {
		return err
	}
	return keepUnique(ctx, w, definitions, subscription, userfield.VendorPath(""))
}

// revise changes the subscription, stores nothing, and returns what its fields mean, or nil if the update changes none.
func (u *Update) revise(ctx context.Context, w Writer, subscription *Subscription) (userfield.Definitions, error) {
	if err := userfield.CheckText("notes", u.Notes); err != nil {
		return nil, err
	}
	u.Notes.Apply(&subscription.Notes)
	if err := u.applyGroup(ctx, w, subscription); err != nil {
		return nil, err
	}
	if err := u.applyPrivacyLevel(ctx, w, subscription); err != nil {
		return nil, err
	}
	if !u.setsFields() {
		return nil, nil
	}
	settings, err := w.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return settings.UserFields, u.applyFields(ctx, w, subscription, settings.UserFields)
}

// setsFields reports whether the update changes user defined fields.
func (u *Update) setsFields() bool { return u.Fields.Any() || len(u.Services) > 0 || len(u.Items) > 0 }

// applyFields changes user defined fields, by what they mean.
func (u *Update) applyFields(ctx context.Context, w Writer, subscription *Subscription, definitions userfield.Definitions) error {
	before := subscription.Fields
	if err := u.Fields.Apply("", &subscription.Fields); err != nil {
		return err
	}
	if err := definitions.Check(userfield.OfSubscription, &subscription.Fields, &before, userfield.VendorPath("")); err != nil {
		return err
	}
	if err := updateServices(ctx, w, u.Services, subscription.Services, definitions); err != nil {
		return err
	}
	return updateItems(ctx, w, u.Items, subscription.Items, definitions)
}

func (u *Update) applyGroup(ctx context.Context, w Writer, subscription *Subscription) error {
	if u.Group == nil {
		return nil
	}
	group, err := resource.Find(ctx, *u.Group, w.Group)
	if err != nil || group.ID == subscription.Group {
		return err
	}
	if err := resource.CheckActive(u.Group.Field, group.Inactive); err != nil {
		return err
	}
	subscription.Group = group.ID
	return visibility.From(ctx).CheckGroup(u.Group.Field, group)
}

func (u *Update) applyPrivacyLevel(ctx context.Context, w Writer, subscription *Subscription) error {
	if u.PrivacyLevel == nil {
		return nil
	}
	level, err := resource.Find(ctx, *u.PrivacyLevel, w.PrivacyLevel)
	if err != nil || level.ID == subscription.PrivacyLevel {
		return err
	}
	if err := resource.CheckActive(u.PrivacyLevel.Field, level.Inactive); err != nil {
		return err
	}
	subscription.PrivacyLevel = level.ID
	return visibility.From(ctx).CheckPrivacy(u.PrivacyLevel.Field, level)
}
