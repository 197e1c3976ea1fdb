// Package organisation keeps who can call the vendor contract: organisations, their users, the users'
// Web API keys, and the sessions that users open with a password or a key.
package organisation

import (
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Ids of organisations, users, sessions and API keys.
type (
	ID        string
	UserID    string
	SessionID string
	APIKeyID  string
)

// Organisation is a company or department with users. Its id is the name used for signing in and is
// unique across tenants.
type Organisation struct {
	mutation.Revision
	ID   ID     `json:"id"`
	Name string `json:"name,omitempty"`
	// Inactive organisations are archived: their users stay and can sign in, and no user can be added.
	Inactive bool `json:"inactive,omitempty"`
}

// Kind returns KindOrganisation.
func (*Organisation) Kind() resource.Kind { return resource.KindOrganisation }

// Key returns the id.
func (o *Organisation) Key() string { return string(o.ID) }

// Keys returns nil: an organisation has only its id.
func (*Organisation) Keys() []resource.Key { return nil }

// Public returns the organisation. It has no secrets.
func (o *Organisation) Public() any { return o }

// Prepare sets the defaults of a new organisation.
func (o *Organisation) Prepare() { resource.Fill(&o.ID, id.New) }
