package domain

import (
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// SubscriptionID is the id of a subscription.
type SubscriptionID string

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
	Record
	ID SubscriptionID `json:"id"`
	// Number is what people know it by; no two subscriptions of a tenant have the same.
	Number string         `json:"number"`
	State  LifeCycleState `json:"state"`
	Rating RatingState    `json:"rating"`
	// FirstActivated is when it became effective for the first time; it is set once.
	FirstActivated date.Date `json:"first_activated"`
	Account        AccountID `json:"account"`
	Type           TypeID    `json:"type"`
	// Group and PrivacyLevel may be empty: none.
	Group        GroupID             `json:"group"`
	PrivacyLevel PrivacyLevelID      `json:"privacy_level"`
	Notes        *string             `json:"notes"`
	Fields       UserFields          `json:"fields"`
	Services     []SubscribedService `json:"services"`
	Items        []Installation      `json:"items"`
}

// SubscribedService is a service that a subscription has. The same product may stand in it more than once.
type SubscribedService struct {
	// ID is unique within the subscription.
	ID      string     `json:"id"`
	Product ProductID  `json:"product"`
	Fields  UserFields `json:"fields"`
}

// Installation is an installed item that a subscription has, at most once.
type Installation struct {
	// ID is unique within the subscription.
	ID     string     `json:"id"`
	Item   ItemID     `json:"item"`
	Fields UserFields `json:"fields"`
}

// Kind is KindSubscription.
func (*Subscription) Kind() Kind { return KindSubscription }

// Key is the id.
func (s *Subscription) Key() string { return string(s.ID) }

// Keys are the number.
func (s *Subscription) Keys() []Key { return []Key{{KeyNumber, s.Number}} }

// Public is the subscription.
func (s *Subscription) Public() any { return s }

// Clone is the subscription with lists of its own.
func (s Subscription) Clone() Subscription {
	s.Services, s.Items = slices.Clone(s.Services), slices.Clone(s.Items)
	return s
}
