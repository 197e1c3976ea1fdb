// Package subscription keeps CRM.COM subscriptions and the rules for creating and changing them.
package subscription

import (
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/terms"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// ID identifies a subscription.
type ID string

// LifeCycleState is the life cycle state of a subscription, in CRM.COM's spelling.
type LifeCycleState = lifecycle.State

// The values of LifeCycleState.
const (
	Draft                 = lifecycle.Draft
	Effective             = lifecycle.Effective
	NotEffective          = lifecycle.NotEffective
	ShortTermEffective    = lifecycle.ShortTermEffective
	ShortTermNotEffective = lifecycle.ShortTermNotEffective
	InResting             = lifecycle.InResting
	Cancelled             = lifecycle.Cancelled
	Regretted             = lifecycle.Regretted
	Replaced              = lifecycle.Replaced
	PendingVerification   = lifecycle.PendingVerification
)

// LifeCycleStates are all values of LifeCycleState.
var LifeCycleStates = []LifeCycleState{
	Draft, Effective, NotEffective, ShortTermEffective, ShortTermNotEffective, InResting, Cancelled, Regretted, Replaced, PendingVerification,
}

// RatingState tells whether a subscription was rated, in CRM.COM's spelling.
type RatingState string

// The values of RatingState.
const (
	RatingPending   RatingState = "PENDING"
	RatingCompleted RatingState = "COMPLETED"
)

// Subscription is an account's contract for services.
type Subscription struct {
	mutation.Revision
	ID ID `json:"id"`
	// Number is the subscription number shown to people, unique within the tenant.
	Number string         `json:"number"`
	State  LifeCycleState `json:"state"`
	Rating RatingState    `json:"rating"`
	// FirstActivated is the date of the first activation. It never changes.
	FirstActivated date.Date        `json:"first_activated,omitzero"`
	Account        account.ID       `json:"account"`
	Type           catalogue.TypeID `json:"type"`
	// Group and PrivacyLevel are empty if not set.
	Group        catalogue.GroupID        `json:"group"`
	PrivacyLevel catalogue.PrivacyLevelID `json:"privacy_level"`
	Notes        *string                  `json:"notes,omitempty"`
	Fields       userfield.Fields         `json:"fields,omitzero"`
	Services     []SubscribedService      `json:"services"`
	Items        []Installation           `json:"items"`
	// Until is the date on which a rest or a short term ends, and Before the state before a rest. Both are empty in
	// other states.
	Until  date.Date      `json:"until,omitzero"`
	Before LifeCycleState `json:"before,omitempty"`
	// Since is the date on which the present rest began, or zero.
	Since date.Date `json:"since,omitzero"`
	// PastItems are the installed items that actions have ended, in that order, the last maxItems.
	PastItems []PastInstallation `json:"past_items,omitempty"`
	// Terms are the billing terms, one after the other.
	Terms terms.History `json:"terms,omitempty"`
	// Opening is what a caller asks of the first billing terms of a new subscription, or nil. It is not kept.
	Opening *terms.Change `json:"-"`
}

// SubscribedService is a service of a subscription. A subscription may have the same product
// several times.
type SubscribedService struct {
	// ID is unique within the subscription.
	ID      string              `json:"id"`
	Product catalogue.ProductID `json:"product"`
	// Components are the products that the service of a flexible bundle consists of. Nothing changes them in place.
	Components []catalogue.ProductID `json:"components,omitempty"`
	Fields     userfield.Fields      `json:"fields,omitzero"`
	ServiceLife
}

// ServiceLife is the life cycle of a service of a subscription.
type ServiceLife struct {
	// State is never empty in a subscription that was read from a store.
	State LifeCycleState `json:"state,omitempty"`
	// Before is the state before a rest, or empty.
	Before LifeCycleState `json:"before,omitempty"`
	// FirstActivated, Added and Ended are the dates of the first activation, of the addition and of the end. A zero date is
	// unknown or still to come.
	FirstActivated date.Date `json:"first_activated,omitzero"`
	Added          date.Date `json:"added,omitzero"`
	Ended          date.Date `json:"ended,omitzero"`
}

// Kind returns KindSubscription.
func (*Subscription) Kind() resource.Kind { return resource.KindSubscription }

// Key returns the id.
func (s *Subscription) Key() string { return string(s.ID) }

// Keys returns the number.
func (s *Subscription) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: s.Number}}
}

// Public returns the subscription. It has no secrets.
func (s *Subscription) Public() any { return s }

// Clone returns a copy of the subscription with its own slices.
func (s Subscription) Clone() Subscription {
	s.Services, s.Items, s.PastItems = slices.Clone(s.Services), slices.Clone(s.Items), slices.Clone(s.PastItems)
	return s
}

// Complete gives services without a state the one that their subscription has. Stores call it on what they read: earlier
// versions kept no states of services.
func (s *Subscription) Complete() {
	for i := range s.Services {
		resource.Fill(&s.Services[i].State, s.State.OfService)
	}
}
