// Package subscription holds CRM.COM subscriptions and the rules by which they are made and changed.
package subscription

import (
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// ID is the id of a subscription.
type ID string

// LifeCycleState is where a subscription stands in its life; its text is CRM.COM's word.
type LifeCycleState string

// The states of a subscription's life.
const (
	Draft                 LifeCycleState = "DRAFT"
	Effective             LifeCycleState = "EFFECTIVE"
	NotEffective          LifeCycleState = "NOT_EFFECTIVE"
	ShortTermEffective    LifeCycleState = "SHORT_TERM_EFFECTIVE"
	ShortTermNotEffective LifeCycleState = "SHORT_TERM_NOT_EFFECTIVE"
	InResting             LifeCycleState = "IN_RESTING"
	Cancelled             LifeCycleState = "CANCELLED"
	Regretted             LifeCycleState = "REGRETTED"
	Replaced              LifeCycleState = "REPLACED"
	PendingVerification   LifeCycleState = "PENDING_VERIFICATION"
)

// RatingState tells whether a subscription was rated; its text is CRM.COM's word.
type RatingState string

// The rating states.
const (
	RatingPending   RatingState = "PENDING"
	RatingCompleted RatingState = "COMPLETED"
)

// Subscription is a contract of an account for services.
type Subscription struct {
	mutation.Revision
	ID ID `json:"id"`
	// Number is what people know it by; no two subscriptions of a tenant have the same.
	Number string         `json:"number"`
	State  LifeCycleState `json:"state"`
	Rating RatingState    `json:"rating"`
	// FirstActivated is when it became effective for the first time; it is set once.
	FirstActivated date.Date        `json:"first_activated"`
	Account        account.ID       `json:"account"`
	Type           catalogue.TypeID `json:"type"`
	// Group and PrivacyLevel may be empty: none.
	Group        catalogue.GroupID        `json:"group"`
	PrivacyLevel catalogue.PrivacyLevelID `json:"privacy_level"`
	Notes        *string                  `json:"notes"`
	Fields       userfield.Fields         `json:"fields"`
	Services     []SubscribedService      `json:"services"`
	Items        []Installation           `json:"items"`
}

// SubscribedService is a service that a subscription has. The same product may stand in it more than once.
type SubscribedService struct {
	// ID is unique within the subscription.
	ID      string              `json:"id"`
	Product catalogue.ProductID `json:"product"`
	Fields  userfield.Fields    `json:"fields"`
}

// Installation is an installed item that a subscription has, at most once.
type Installation struct {
	// ID is unique within the subscription.
	ID     string           `json:"id"`
	Item   catalogue.ItemID `json:"item"`
	Fields userfield.Fields `json:"fields"`
}

// Kind is KindSubscription.
func (*Subscription) Kind() resource.Kind { return resource.KindSubscription }

// Key is the id.
func (s *Subscription) Key() string { return string(s.ID) }

// Keys are the number.
func (s *Subscription) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: s.Number}}
}

// Public is the subscription.
func (s *Subscription) Public() any { return s }

// Clone is the subscription with lists of its own.
func (s Subscription) Clone() Subscription {
	s.Services, s.Items = slices.Clone(s.Services), slices.Clone(s.Items)
	return s
}
