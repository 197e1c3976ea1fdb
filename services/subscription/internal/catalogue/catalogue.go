// Package catalogue keeps what subscriptions refer to: subscription types, groups, privacy levels,
// products and installed items.
package catalogue

import (
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// Ids of the resources of the catalogue.
type (
	TypeID         string
	GroupID        string
	PrivacyLevelID string
	ProductID      string
	ItemID         string
)

// Classification is the classification of a subscription type in CRM.COM's spelling, empty if not
// set.
type Classification string

// The values of Classification.
const (
	Flexible Classification = "Flexible"
	Package  Classification = "Package"
)

// SubscriptionType classifies subscriptions. Its name and alternative code are unique within the
// tenant.
type SubscriptionType struct {
	mutation.Revision
	ID              TypeID           `json:"id"`
	Name            string           `json:"name"`
	AlternativeCode string           `json:"alternative_code,omitempty"`
	Description     string           `json:"description,omitempty"`
	Classification  Classification   `json:"classification,omitempty"`
	Log             Log              `json:"log"`
	Fields          userfield.Fields `json:"fields,omitzero"`
	Inactive        bool             `json:"inactive,omitempty"`
	// Rules are the rules for the life of subscriptions of the type.
	Rules lifecycle.Rules `json:"rules,omitzero"`
	// Services are those that subscriptions of the type can have; none means all.
	Services []TypeService `json:"services,omitempty"`
}

// Log records when and by which unit something was created and last changed, here or in the system
// that it was imported from. A nil unit is unknown.
type Log struct {
	Created   time.Time      `json:"created"`
	Updated   time.Time      `json:"updated"`
	CreatedBy *resource.Unit `json:"created_by,omitempty"`
	UpdatedBy *resource.Unit `json:"updated_by,omitempty"`
}

// touch records a change of the type, unless the change sets the log itself. Which unit made it is not
// known.
func (t *SubscriptionType) touch(present *SubscriptionType, at time.Time) {
	if !reflect.DeepEqual(t, present) && reflect.DeepEqual(t.Log, present.Log) {
		t.Log.Updated, t.Log.UpdatedBy = at, nil
	}
}

// Group is a group of users that owns subscriptions. Its name and alternative code are unique
// within the tenant.
type Group struct {
	mutation.Revision
	ID              GroupID `json:"id"`
	Name            string  `json:"name"`
	AlternativeCode string  `json:"alternative_code,omitempty"`
	Inactive        bool    `json:"inactive,omitempty"`
}

// PrivacyLevel restricts who sees a subscription. Its number is unique within the tenant.
type PrivacyLevel struct {
	mutation.Revision
	ID     PrivacyLevelID `json:"id"`
	Number string         `json:"number"`
	Name   string         `json:"name,omitempty"`
	// Inactive resources, here and in the other types of the catalogue, are archived: what refers to
	// them keeps them, and nothing new can refer to them.
	Inactive bool `json:"inactive,omitempty"`
}

// Kind returns KindSubscriptionType.
func (*SubscriptionType) Kind() resource.Kind { return resource.KindSubscriptionType }

// Key returns the id.
func (t *SubscriptionType) Key() string { return string(t.ID) }

// Keys returns the name and the alternative code.
func (t *SubscriptionType) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: t.Name}, {Name: resource.KeyAlternativeCode, Value: t.AlternativeCode}}
}

// Public returns the subscription type. It has no secrets.
func (t *SubscriptionType) Public() any { return t }

// Prepare sets the defaults of a new subscription type.
func (t *SubscriptionType) Prepare(at time.Time) {
	resource.Fill(&t.ID, id.New)
	if t.Log.Created.IsZero() {
		t.Log.Created = at
	}
	if t.Log.Updated.IsZero() {
		t.Log.Updated = t.Log.Created
	}
}

// Kind returns KindGroup.
func (*Group) Kind() resource.Kind { return resource.KindGroup }

// Key returns the id.
func (g *Group) Key() string { return string(g.ID) }

// Keys returns the name and the alternative code.
func (g *Group) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: g.Name}, {Name: resource.KeyAlternativeCode, Value: g.AlternativeCode}}
}

// Public returns the group. It has no secrets.
func (g *Group) Public() any { return g }

// Prepare sets the defaults of a new group.
func (g *Group) Prepare(time.Time) {
	resource.Fill(&g.ID, id.New)
}

// Kind returns KindPrivacyLevel.
func (*PrivacyLevel) Kind() resource.Kind { return resource.KindPrivacyLevel }

// Key returns the id.
func (l *PrivacyLevel) Key() string { return string(l.ID) }

// Keys returns the number.
func (l *PrivacyLevel) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: l.Number}}
}

// maxRankDigits bounds the digits of a number that fits into 64 bits.
const maxRankDigits = 18

// Rank returns the number as an integer: the larger, the fewer users see what has the level. It reports
// false if the number is not made of 1 to 18 digits; such a level is above all others.
func (l PrivacyLevel) Rank() (rank int64, ok bool) {
	if l.Number == "" || len(l.Number) > maxRankDigits || strings.Trim(l.Number, "0123456789") != "" {
		return 0, false
	}
	rank, err := strconv.ParseInt(l.Number, 10, 64)
	return rank, err == nil
}

// Public returns the privacy level. It has no secrets.
func (l *PrivacyLevel) Public() any { return l }

// Prepare sets the defaults of a new privacy level.
func (l *PrivacyLevel) Prepare(time.Time) {
	resource.Fill(&l.ID, id.New)
}
