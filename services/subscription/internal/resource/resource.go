// Package resource is what the resources of this service have in common: keys by which they are found, and how a
// caller refers to one by one of several keys.
package resource

import "github.com/continuo-billing/continuo/services/platform/mutation"

// Kind is a kind of resource; its text is the collection's name in resource names.
type Kind string

// The kinds of resource.
const (
	KindSubscription     Kind = "subscriptions"
	KindAccount          Kind = "accounts"
	KindSubscriptionType Kind = "subscriptionTypes"
	KindGroup            Kind = "groups"
	KindPrivacyLevel     Kind = "privacyLevels"
	KindProduct          Kind = "products"
	KindInstalledItem    Kind = "installedItems"
	KindOrganisation     Kind = "organisations"
	KindUser             Kind = "users"
	KindSession          Kind = "sessions"
)

var typeNames = map[Kind]string{
	KindSubscription: "Subscription", KindAccount: "Account", KindSubscriptionType: "SubscriptionType", KindGroup: "Group",
	KindPrivacyLevel: "PrivacyLevel", KindProduct: "Product", KindInstalledItem: "InstalledItem",
	KindOrganisation: "Organisation", KindUser: "User", KindSession: "Session",
}

// Type is the name of one resource of the kind, such as `Subscription`.
func (k Kind) Type() string { return typeNames[k] }

// KeyName is a property by which a resource of its kind is found, since no two have it in common. Its text is the name
// of the parameter that asks for it.
type KeyName string

// The properties by which resources are found.
const (
	KeyID              KeyName = "id"
	KeyNumber          KeyName = "number"
	KeyNameText        KeyName = "name"
	KeyAlternativeCode KeyName = "alternative_code"
	KeyCode            KeyName = "code"
	KeySerialNumber    KeyName = "serial_number"
	KeyLogin           KeyName = "login"
	KeyAPIKey          KeyName = "api_key_hash" //nolint:gosec // a column, no credential
	KeyToken           KeyName = "token_hash"
)

// Key is a property with its value. An empty value is no key: any number of resources may have none.
type Key struct {
	Name  KeyName
	Value string
}

// ByID is the key of an id.
func ByID[ID ~string](id ID) Key { return Key{Name: KeyID, Value: string(id)} }

// Resource is what a store keeps: a pointer to a type that embeds mutation.Revision.
type Resource interface {
	// Kind is the resource's kind.
	Kind() Kind
	// Key is the resource's id, unique within its kind and tenant.
	Key() string
	// Keys are the properties, beside the id, by which the resource is found: always the same names in the same order.
	Keys() []Key
	// Versions is when the resource was made and changed.
	Versions() *mutation.Revision
	// Public is the resource without secrets.
	Public() any
}

// Name is a resource's name, such as `subscriptions/S1`.
func Name(r Resource) string { return string(r.Kind()) + "/" + r.Key() }

// Fill gives an empty property its default.
func Fill[T ~string, V ~string](property *T, value func() V) {
	if *property == "" {
		*property = T(value())
	}
}
