// Package domain holds CRM.COM subscriptions and what they refer to, the rules by which they change, and the sessions
// of those who change them. It knows nothing of gRPC, HTTP or SQL.
package domain

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
)

// Store keeps resources, each tenant's apart from all others'.
type Store interface {
	// Read runs do on one consistent snapshot of a tenant's resources.
	Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, Reader) error) error
	// Write runs do in one transaction: all that it wrote is kept, durably, or nothing. do may be run again after a
	// collision with another transaction, so it must have no effect but through the Writer. Every resource that is
	// created, updated or deleted gets its entry in the change feed in the same transaction, in the caller's name.
	Write(ctx context.Context, by auth.Principal, at time.Time, do func(context.Context, Writer) error) error
	// Locate reads the resource that has a key which no two tenants share (an organisation's id, a user's login or API
	// key, a session's token) and tells whose it is. A NotFound fault if there is none.
	Locate(ctx context.Context, key Key, into Resource) (auth.Tenant, error)
}

// Reader reads the resources of one tenant.
type Reader interface {
	// Find reads the resource of into's kind that has the key. A NotFound fault if there is none.
	Find(ctx context.Context, key Key, into Resource) error
	// List reads up to limit resources of a kind in the order of their ids, beginning after an id, each into what next
	// returns for it.
	List(ctx context.Context, kind Kind, after string, limit int, next func() Resource) error
}

// Writer reads and changes the resources of one tenant.
type Writer interface {
	Reader
	// The Recorder keeps the outcomes of requests that carry an idempotency key.
	idempotency.Recorder
	// Create adds a resource, as version 1, created and updated now. An AlreadyExists fault if its id or another key is
	// taken.
	Create(ctx context.Context, resource Resource) error
	// Update replaces a resource and raises its version. A Conflict fault if the version it was read at is no longer the
	// present one, an AlreadyExists fault if a key is taken.
	Update(ctx context.Context, resource Resource) error
	// DeleteSession removes a session. A Conflict fault if the version it was read at is no longer the present one.
	DeleteSession(ctx context.Context, session *Session) error
	// TouchSession records when a session was last used. It adds no entry to the change feed, for nobody follows it.
	TouchSession(ctx context.Context, session *Session) error
	// PurgeSessions removes the tenant's sessions that expire and were last used before an instant, without entries in
	// the change feed: they ended when they expired.
	PurgeSessions(ctx context.Context, before time.Time) error
}

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

// Resource is what a Store keeps: a pointer to one of this package's resource types.
type Resource interface {
	// Kind is the resource's kind.
	Kind() Kind
	// Key is the resource's id, unique within its kind and tenant.
	Key() string
	// Keys are the properties, beside the id, by which the resource is found: always the same names in the same order.
	Keys() []Key
	// Versions is when the resource was made and changed.
	Versions() *Record
	// Public is the resource without secrets.
	Public() any

	// prepare fills what the caller of a creation left open and checks the rules.
	prepare(ctx context.Context, r Reader, at time.Time) error
}

// Record is what every resource has: how often and when it was changed. The Store keeps it.
type Record struct {
	// Version is 1 for a new resource and rises by one with every change.
	Version int64 `json:"version"`
	// Created and Updated are instants in UTC.
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// Versions is the record itself.
func (r *Record) Versions() *Record { return r }

// Name is a resource's name, such as `subscriptions/S1`.
func Name(r Resource) string { return string(r.Kind()) + "/" + r.Key() }
