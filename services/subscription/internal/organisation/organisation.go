// Package organisation keeps who can call the vendor contract: organisations, their users, the users'
// Web API keys, and the sessions that users open with a password or a key.
package organisation

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/fault"
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

// User can open sessions. Its user name is unique within the organisation.
type User struct {
	mutation.Revision
	ID           UserID `json:"id"`
	Organisation ID     `json:"organisation"`
	UserName     string `json:"user_name"`
	// Name is the user's name for people.
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
	// Disabled users cannot sign in and have no sessions.
	Disabled bool `json:"disabled,omitempty"`
	// Unit is the user's unit, or nil if there is none.
	Unit *Unit `json:"unit,omitempty"`
	// PasswordHash is the result of HashPassword, or empty if the user has no password.
	PasswordHash string `json:"password_hash,omitempty"`
}

// Unit is a part of an organisation.
type Unit struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name,omitempty"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	Description     string `json:"description,omitempty"`
	CommunityName   string `json:"community_name,omitempty"`
	GroupName       string `json:"group_name,omitempty"`
}

// named reports whether text is the unit's id, name or alternative code.
func (u *Unit) named(text string) bool {
	return u != nil && text != "" && (text == u.ID || text == u.Name || text == u.AlternativeCode)
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

// Kind returns KindUser.
func (*User) Kind() resource.Kind { return resource.KindUser }

// Key returns the id.
func (u *User) Key() string { return string(u.ID) }

// Keys returns the login.
func (u *User) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyLogin, Value: u.Login()}}
}

// Login returns the login, the key by which a user who signs in is found.
func (u *User) Login() string { return loginKey(u.Organisation, u.UserName).Value }

// loginKey returns the key for an organisation and user name. An organisation's id contains no
// slash.
func loginKey(organisation ID, userName string) resource.Key {
	return resource.Key{Name: resource.KeyLogin, Value: string(organisation) + "/" + userName}
}

// Public returns the user without the hash.
func (u *User) Public() any {
	shown := *u
	shown.PasswordHash = ""
	return shown
}

// Prepare sets the defaults of a new or changed user, and checks its e-mail address and that its
// organisation exists. present is the user before a change, or nil if it is new. The organisation of a
// new user must be active, unless the user is imported.
func (u *User) Prepare(ctx context.Context, r Reader, present *User, imported bool) error {
	resource.Fill(&u.ID, id.New)
	var v fault.Violations
	v.Email("user.email", u.Email)
	if err := v.Err(); err != nil || present != nil {
		return err
	}
	of, err := resource.FindID(ctx, "user.organisation", string(u.Organisation), r.Organisation)
	if err != nil || imported {
		return err
	}
	return resource.CheckActive("user.organisation", of.Inactive)
}
