package domain

import (
	"context"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// The ids of the resources of this package.
type (
	SubscriptionID string
	AccountID      string
	TypeID         string
	GroupID        string
	PrivacyLevelID string
	ProductID      string
	ItemID         string
	OrganisationID string
	UserID         string
	SessionID      string
)

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
	Group        GroupID        `json:"group"`
	PrivacyLevel PrivacyLevelID `json:"privacy_level"`
	Notes        *string        `json:"notes"`
	Fields       UserFields     `json:"fields"`
	Services     []Service      `json:"services"`
	Items        []Installation `json:"items"`
}

// Service is a service that a subscription has. The same product may stand in it more than once.
type Service struct {
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

func (s *Subscription) prepare(ctx context.Context, r Reader, at time.Time) error {
	fill(&s.ID, id.New)
	fill(&s.State, func() LifeCycleState { return Effective })
	fill(&s.Rating, func() RatingState { return RatingPending })
	switch {
	case s.State == Draft && !s.FirstActivated.IsZero():
		return fault.InvalidField("subscription.first_activated_date", reason.Inconsistent, "a draft was never activated")
	case s.State != Draft && s.FirstActivated.IsZero():
		s.FirstActivated = date.Of(at)
	}
	if err := s.checkReferences(ctx, r); err != nil {
		return err
	}
	if err := s.prepareServices(ctx, r); err != nil {
		return err
	}
	return s.prepareItems(ctx, r)
}

func (s *Subscription) checkReferences(ctx context.Context, r Reader) error {
	if err := findID(ctx, r, "subscription.account", string(s.Account), &Account{}); err != nil {
		return err
	}
	if err := findID(ctx, r, "subscription.subscription_type", string(s.Type), &SubscriptionType{}); err != nil {
		return err
	}
	if s.Group != "" {
		if err := findID(ctx, r, "subscription.group", string(s.Group), &Group{}); err != nil {
			return err
		}
	}
	if s.PrivacyLevel != "" {
		return findID(ctx, r, "subscription.privacy_level", string(s.PrivacyLevel), &PrivacyLevel{})
	}
	return nil
}

func (s *Subscription) prepareServices(ctx context.Context, r Reader) error {
	ids := map[string]bool{}
	for i := range s.Services {
		service, path := &s.Services[i], fmt.Sprintf("subscription.services[%d]", i)
		fill(&service.ID, id.New)
		if ids[service.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q stands in the list twice", service.ID)
		}
		ids[service.ID] = true
		var product Product
		if err := findID(ctx, r, path+".product", string(service.Product), &product); err != nil {
			return err
		}
		if product.Type != ProductService {
			return fault.InvalidField(path+".product", reason.InvalidValue, "product %s is not a service", product.ID)
		}
	}
	return nil
}

func (s *Subscription) prepareItems(ctx context.Context, r Reader) error {
	ids, items := map[string]bool{}, map[ItemID]bool{}
	for i := range s.Items {
		installation, path := &s.Items[i], fmt.Sprintf("subscription.installed_items[%d]", i)
		fill(&installation.ID, id.New)
		if ids[installation.ID] {
			return fault.InvalidField(path+".id", reason.Repeated, "%q stands in the list twice", installation.ID)
		}
		if items[installation.Item] {
			return fault.InvalidField(path+".installed_item", reason.Repeated, "%q stands in the list twice", installation.Item)
		}
		ids[installation.ID], items[installation.Item] = true, true
		if err := findID(ctx, r, path+".installed_item", string(installation.Item), &InstalledItem{}); err != nil {
			return err
		}
	}
	return nil
}

// fill gives an empty property its default.
func fill[T ~string, V ~string](property *T, value func() V) {
	if *property == "" {
		*property = T(value())
	}
}
