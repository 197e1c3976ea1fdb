// Package catalogue holds what subscriptions refer to: subscription types, groups, privacy levels, products and installed
// items.
package catalogue

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/userfield"
)

// The ids of the resources of the catalogue.
type (
	TypeID         string
	GroupID        string
	PrivacyLevelID string
	ProductID      string
	ItemID         string
)

// Classification is the classification of a subscription type; its text is CRM.COM's word, empty for none.
type Classification string

// The classifications.
const (
	Flexible Classification = "Flexible"
	Package  Classification = "Package"
)

// SubscriptionType classifies subscriptions. No two of a tenant have the same name or alternative code.
type SubscriptionType struct {
	mutation.Revision
	ID              TypeID           `json:"id"`
	Name            string           `json:"name"`
	AlternativeCode string           `json:"alternative_code,omitempty"`
	Description     string           `json:"description,omitempty"`
	Classification  Classification   `json:"classification,omitempty"`
	Log             Log              `json:"log"`
	Fields          userfield.Fields `json:"fields"`
}

// Log tells when something was made and last changed in the system that it was brought over from or here, and by which
// unit; a nil unit is not known.
type Log struct {
	Created   time.Time          `json:"created"`
	Updated   time.Time          `json:"updated"`
	CreatedBy *organisation.Unit `json:"created_by,omitempty"`
	UpdatedBy *organisation.Unit `json:"updated_by,omitempty"`
}

// Group is a group of users, which owns subscriptions. No two of a tenant have the same name or alternative code.
type Group struct {
	mutation.Revision
	ID              GroupID `json:"id"`
	Name            string  `json:"name"`
	AlternativeCode string  `json:"alternative_code,omitempty"`
}

// PrivacyLevel restricts who may see a subscription. No two of a tenant have the same number.
type PrivacyLevel struct {
	mutation.Revision
	ID     PrivacyLevelID `json:"id"`
	Number string         `json:"number"`
	Name   string         `json:"name,omitempty"`
}

// Kind is KindSubscriptionType.
func (*SubscriptionType) Kind() resource.Kind { return resource.KindSubscriptionType }

// Key is the id.
func (t *SubscriptionType) Key() string { return string(t.ID) }

// Keys are the name and the alternative code.
func (t *SubscriptionType) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: t.Name}, {Name: resource.KeyAlternativeCode, Value: t.AlternativeCode}}
}

// Public is the type.
func (t *SubscriptionType) Public() any { return t }

// Prepare fills what a new type leaves open.
func (t *SubscriptionType) Prepare(at time.Time) {
	resource.Fill(&t.ID, id.New)
	if t.Log.Created.IsZero() {
		t.Log.Created = at
	}
	if t.Log.Updated.IsZero() {
		t.Log.Updated = t.Log.Created
	}
}

// Kind is KindGroup.
func (*Group) Kind() resource.Kind { return resource.KindGroup }

// Key is the id.
func (g *Group) Key() string { return string(g.ID) }

// Keys are the name and the alternative code.
func (g *Group) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNameText, Value: g.Name}, {Name: resource.KeyAlternativeCode, Value: g.AlternativeCode}}
}

// Public is the group.
func (g *Group) Public() any { return g }

// Prepare fills what a new one leaves open.
func (g *Group) Prepare(time.Time) {
	resource.Fill(&g.ID, id.New)
}

// Kind is KindPrivacyLevel.
func (*PrivacyLevel) Kind() resource.Kind { return resource.KindPrivacyLevel }

// Key is the id.
func (l *PrivacyLevel) Key() string { return string(l.ID) }

// Keys are the number.
func (l *PrivacyLevel) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyNumber, Value: l.Number}}
}

// Public is the privacy level.
func (l *PrivacyLevel) Public() any { return l }

// Prepare fills what a new one leaves open.
func (l *PrivacyLevel) Prepare(time.Time) {
	resource.Fill(&l.ID, id.New)
}
