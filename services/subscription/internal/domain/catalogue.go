package domain

import (
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
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
	Record
	ID              TypeID         `json:"id"`
	Name            string         `json:"name"`
	AlternativeCode string         `json:"alternative_code,omitempty"`
	Description     string         `json:"description,omitempty"`
	Classification  Classification `json:"classification,omitempty"`
	Log             Log            `json:"log"`
	Fields          UserFields     `json:"fields"`
}

// Log tells when something was made and last changed in the system that it was brought over from or here, and by which
// unit; a nil unit is not known.
type Log struct {
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
	CreatedBy *Unit     `json:"created_by,omitempty"`
	UpdatedBy *Unit     `json:"updated_by,omitempty"`
}

// Group is a group of users, which owns subscriptions. No two of a tenant have the same name or alternative code.
type Group struct {
	Record
	ID              GroupID `json:"id"`
	Name            string  `json:"name"`
	AlternativeCode string  `json:"alternative_code,omitempty"`
}

// PrivacyLevel restricts who may see a subscription. No two of a tenant have the same number.
type PrivacyLevel struct {
	Record
	ID     PrivacyLevelID `json:"id"`
	Number string         `json:"number"`
	Name   string         `json:"name,omitempty"`
}

// ProductType tells services from goods; its text is CRM.COM's word.
type ProductType string

// The types of product.
const (
	ProductService ProductType = "SERVICE"
	PhysicalGood   ProductType = "PHYSICAL_GOOD"
)

// Product is something sold. No two of a tenant have the same code or alternative code.
type Product struct {
	Record
	ID              ProductID   `json:"id"`
	Code            string      `json:"code"`
	AlternativeCode string      `json:"alternative_code,omitempty"`
	Name            string      `json:"name,omitempty"`
	Type            ProductType `json:"type"`
}

// InstalledItem is a device at a customer's. No two of a tenant have the same serial number or alternative code.
type InstalledItem struct {
	Record
	ID              ItemID `json:"id"`
	SerialNumber    string `json:"serial_number"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	Name            string `json:"name,omitempty"`
}

// Kind is KindSubscriptionType.
func (*SubscriptionType) Kind() Kind { return KindSubscriptionType }

// Key is the id.
func (t *SubscriptionType) Key() string { return string(t.ID) }

// Keys are the name and the alternative code.
func (t *SubscriptionType) Keys() []Key {
	return []Key{{KeyNameText, t.Name}, {KeyAlternativeCode, t.AlternativeCode}}
}

// Public is the type.
func (t *SubscriptionType) Public() any { return t }

// Prepare fills what a new type leaves open.
func (t *SubscriptionType) Prepare(at time.Time) {
	Fill(&t.ID, id.New)
	if t.Log.Created.IsZero() {
		t.Log.Created = at
	}
	if t.Log.Updated.IsZero() {
		t.Log.Updated = t.Log.Created
	}
}

// Kind is KindGroup.
func (*Group) Kind() Kind { return KindGroup }

// Key is the id.
func (g *Group) Key() string { return string(g.ID) }

// Keys are the name and the alternative code.
func (g *Group) Keys() []Key {
	return []Key{{KeyNameText, g.Name}, {KeyAlternativeCode, g.AlternativeCode}}
}

// Public is the group.
func (g *Group) Public() any { return g }

// Prepare fills what a new one leaves open.
func (g *Group) Prepare(time.Time) {
	Fill(&g.ID, id.New)
}

// Kind is KindPrivacyLevel.
func (*PrivacyLevel) Kind() Kind { return KindPrivacyLevel }

// Key is the id.
func (l *PrivacyLevel) Key() string { return string(l.ID) }

// Keys are the number.
func (l *PrivacyLevel) Keys() []Key { return []Key{{KeyNumber, l.Number}} }

// Public is the privacy level.
func (l *PrivacyLevel) Public() any { return l }

// Prepare fills what a new one leaves open.
func (l *PrivacyLevel) Prepare(time.Time) {
	Fill(&l.ID, id.New)
}

// Kind is KindProduct.
func (*Product) Kind() Kind { return KindProduct }

// Key is the id.
func (p *Product) Key() string { return string(p.ID) }

// Keys are the code and the alternative code.
func (p *Product) Keys() []Key {
	return []Key{{KeyCode, p.Code}, {KeyAlternativeCode, p.AlternativeCode}}
}

// Public is the product.
func (p *Product) Public() any { return p }

// Prepare fills what a new one leaves open.
func (p *Product) Prepare(time.Time) {
	Fill(&p.ID, id.New)
	Fill(&p.Type, func() ProductType { return ProductService })
}

// Kind is KindInstalledItem.
func (*InstalledItem) Kind() Kind { return KindInstalledItem }

// Key is the id.
func (i *InstalledItem) Key() string { return string(i.ID) }

// Keys are the serial number and the alternative code.
func (i *InstalledItem) Keys() []Key {
	return []Key{{KeySerialNumber, i.SerialNumber}, {KeyAlternativeCode, i.AlternativeCode}}
}

// Public is the installed item.
func (i *InstalledItem) Public() any { return i }

// Prepare fills what a new one leaves open.
func (i *InstalledItem) Prepare(time.Time) {
	Fill(&i.ID, id.New)
}
