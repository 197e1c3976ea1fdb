// Package resource holds what the resources of this service share: their kinds, and the keys by
// which they are found.
package resource

import "github.com/continuo-billing/continuo/services/platform/mutation"

// Kind is a kind of resource. Its text is the collection in resource names.
type Kind string

// The values of Kind.
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
	KindAPIKey           Kind = "apiKeys"
	KindAction           Kind = "subscriptionActions"
	KindSettings         Kind = "settings"

	KindAccountClassification Kind = "accountClassifications"
	KindActionType            Kind = "actionTypes"
	KindContact               Kind = "contacts"
	KindBillingTermScheme     Kind = "billingTermSchemes"
)

var typeNames = map[Kind]string{
	KindSubscription: "Subscription", KindAccount: "Account", KindSubscriptionType: "SubscriptionType", KindGroup: "Group",
	KindPrivacyLevel: "PrivacyLevel", KindProduct: "Product", KindInstalledItem: "InstalledItem",
	KindOrganisation: "Organisation", KindUser: "User", KindSession: "Session",
	KindAPIKey: "ApiKey", KindAccountClassification: "AccountClassification", KindContact: "Contact", KindActionType: "ActionType", KindBillingTermScheme: "BillingTermScheme", KindAction: "SubscriptionAction", KindSettings: "Settings",
}

// Type returns the singular type name, such as `Subscription`.
func (k Kind) Type() string { return typeNames[k] }

// KeyName is a property that identifies a resource of its kind. Its text is the name of the request
// parameter.
type KeyName string

// The values of KeyName.
const (
	KeyID              KeyName = "id"
	KeyNumber          KeyName = "number"
	KeyNameText        KeyName = "name"
	KeyAlternativeCode KeyName = "alternative_code"
	KeyCode            KeyName = "code"
	KeySerialNumber    KeyName = "serial_number"
	KeyLogin           KeyName = "login"
	KeyUserName        KeyName = "username"
	KeyAPIKey          KeyName = "api_key_hash" //nolint:gosec // the name of a key, not a credential
	KeyToken           KeyName = "token_hash"
	KeyReference       KeyName = "transaction_reference"
)

// Key is a property with its value. An empty value is no key; any number of resources may have it.
type Key struct {
	Name  KeyName
	Value string
}

// ByID returns the key for an id.
func ByID[ID ~string](id ID) Key { return Key{Name: KeyID, Value: string(id)} }

// Resource is a stored resource: a pointer to a type that embeds mutation.Revision.
type Resource interface {
	// Kind returns the resource's kind.
	Kind() Kind
	// Key returns the resource's id, unique within its kind and tenant.
	Key() string
	// Keys returns the other properties that identify the resource, always with the same names in
	// the same order.
	Keys() []Key
	// Versions returns the resource's revision.
	Versions() *mutation.Revision
	// Public returns the resource without secrets.
	Public() any
}

// Name returns a resource's name, such as `subscriptions/S1`, or the kind alone if a tenant has one of it.
func Name(r Resource) string {
	if r.Key() == "" {
		return string(r.Kind())
	}
	return string(r.Kind()) + "/" + r.Key()
}

// Fill sets an empty property to its default.
func Fill[T ~string, V ~string](property *T, value func() V) {
	if *property == "" {
		*property = T(value())
	}
}
