// Package organisation holds who may call the vendor contract: organisations, their users, and the sessions that users open
// with a password or a Web API key.
package organisation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// The ids of organisations, users and sessions.
type (
	ID        string
	UserID    string
	SessionID string
)

// Organisation is whom users belong to. Its id is the name given when signing in; no two tenants share one.
type Organisation struct {
	mutation.Revision
	ID   ID     `json:"id"`
	Name string `json:"name,omitempty"`
}

// User is somebody who may open sessions. No two of an organisation have the same user name.
type User struct {
	mutation.Revision
	ID           UserID `json:"id"`
	Organisation ID     `json:"organisation"`
	UserName     string `json:"user_name"`
	// Unit is where the user works; nil: nowhere in particular.
	Unit *Unit `json:"unit,omitempty"`
	// PasswordHash is what HashPassword made of the password, APIKeyHash what hashToken made of the Web API key, if any.
	PasswordHash string `json:"password_hash,omitempty"`
	APIKeyHash   string `json:"api_key_hash,omitempty"`
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

// Session is what a user opened by signing in. Its token is known to its holder alone.
type Session struct {
	mutation.Revision
	ID SessionID `json:"id"`
	// TokenHash is what HashToken made of the token.
	TokenHash    string `json:"token_hash,omitempty"`
	Organisation ID     `json:"organisation"`
	User         UserID `json:"user"`
	// LastUsed is when the session was last used, to the minute or so.
	LastUsed time.Time `json:"last_used"`
	// Lasting sessions never expire.
	Lasting bool `json:"lasting,omitempty"`
}

// Kind is KindOrganisation.
func (*Organisation) Kind() resource.Kind { return resource.KindOrganisation }

// Key is the id.
func (o *Organisation) Key() string { return string(o.ID) }

// Keys are none beside the id.
func (*Organisation) Keys() []resource.Key { return nil }

// Public is the organisation.
func (o *Organisation) Public() any { return o }

// Prepare fills what a new organisation leaves open.
func (o *Organisation) Prepare() { resource.Fill(&o.ID, id.New) }

// Kind is KindUser.
func (*User) Kind() resource.Kind { return resource.KindUser }

// Key is the id.
func (u *User) Key() string { return string(u.ID) }

// Keys are the login and the Web API key's hash.
func (u *User) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyLogin, Value: u.Login()}, {Name: resource.KeyAPIKey, Value: u.APIKeyHash}}
}

// Login is by what a user is found that signs in.
func (u *User) Login() string { return loginKey(u.Organisation, u.UserName).Value }

// loginKey is how a user is found from what is given when signing in. An organisation's id has no slash.
func loginKey(organisation ID, userName string) resource.Key {
	return resource.Key{Name: resource.KeyLogin, Value: string(organisation) + "/" + userName}
}

// Public is the user without the hashes.
func (u *User) Public() any {
	shown := *u
	shown.PasswordHash, shown.APIKeyHash = "", ""
	return shown
}

// Prepare fills what a new user leaves open, and checks that there is its organisation.
func (u *User) Prepare(ctx context.Context, r Reader) error {
	resource.Fill(&u.ID, id.New)
	_, err := resource.FindID(ctx, "user.organisation", string(u.Organisation), r.Organisation)
	return err
}

// Kind is KindSession.
func (*Session) Kind() resource.Kind { return resource.KindSession }

// Key is the id.
func (s *Session) Key() string { return string(s.ID) }

// Keys are the token's hash.
func (s *Session) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyToken, Value: s.TokenHash}}
}

// Public is the session without the hash.
func (s *Session) Public() any {
	shown := *s
	shown.TokenHash = ""
	return shown
}

// Prepare fills what a new session leaves open, and checks that there is its user.
func (s *Session) Prepare(ctx context.Context, r Reader, at time.Time) error {
	resource.Fill(&s.ID, id.New)
	s.LastUsed = at
	_, err := resource.FindID(ctx, "session.user", string(s.User), r.User)
	return err
}
