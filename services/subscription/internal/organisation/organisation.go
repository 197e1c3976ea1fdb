// Package organisation keeps who may call the vendor contract: organisations, their users, and the
// sessions that users open with a password or a Web API key.
package organisation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Ids of organisations, users and sessions.
type (
	ID        string
	UserID    string
	SessionID string
)

// Organisation is a company or department with users. Its id is the name used for signing in and is
// unique across tenants.
type Organisation struct {
	mutation.Revision
	ID   ID     `json:"id"`
	Name string `json:"name,omitempty"`
}

// User can open sessions. Its user name is unique within the organisation.
type User struct {
	mutation.Revision
	ID           UserID `json:"id"`
	Organisation ID     `json:"organisation"`
	UserName     string `json:"user_name"`
	// Unit is the user's unit, or nil if there is none.
	Unit *Unit `json:"unit,omitempty"`
	// PasswordHash is the result of HashPassword. APIKeyHash is the HashToken of the Web API key,
	// if the user has one.
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

// Session is opened by a user who signs in. Only its holder knows the token.
type Session struct {
	mutation.Revision
	ID SessionID `json:"id"`
	// TokenHash is the HashToken of the token.
	TokenHash    string `json:"token_hash,omitempty"`
	Organisation ID     `json:"organisation"`
	User         UserID `json:"user"`
	// LastUsed is the time of the last use, accurate to about a minute.
	LastUsed time.Time `json:"last_used"`
	// Lasting sessions never expire.
	Lasting bool `json:"lasting,omitempty"`
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

// Keys returns the login and the hash of the Web API key.
func (u *User) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyLogin, Value: u.Login()}, {Name: resource.KeyAPIKey, Value: u.APIKeyHash}}
}

// Login returns the login, the key by which a user who signs in is found.
func (u *User) Login() string { return loginKey(u.Organisation, u.UserName).Value }

// loginKey returns the key for an organisation and user name. An organisation's id contains no
// slash.
func loginKey(organisation ID, userName string) resource.Key {
	return resource.Key{Name: resource.KeyLogin, Value: string(organisation) + "/" + userName}
}

// Public returns the user without the hashes.
func (u *User) Public() any {
	shown := *u
	shown.PasswordHash, shown.APIKeyHash = "", ""
	return shown
}

// Prepare sets the defaults of a new user and checks that its organisation exists.
func (u *User) Prepare(ctx context.Context, r Reader) error {
	resource.Fill(&u.ID, id.New)
	_, err := resource.FindID(ctx, "user.organisation", string(u.Organisation), r.Organisation)
	return err
}

// Kind returns KindSession.
func (*Session) Kind() resource.Kind { return resource.KindSession }

// Key returns the id.
func (s *Session) Key() string { return string(s.ID) }

// Keys returns the hash of the token.
func (s *Session) Keys() []resource.Key {
	return []resource.Key{{Name: resource.KeyToken, Value: s.TokenHash}}
}

// Public returns the session without the hash.
func (s *Session) Public() any {
	shown := *s
	shown.TokenHash = ""
	return shown
}

// Prepare sets the defaults of a new session and checks that its user exists.
func (s *Session) Prepare(ctx context.Context, r Reader, at time.Time) error {
	resource.Fill(&s.ID, id.New)
	s.LastUsed = at
	_, err := resource.FindID(ctx, "session.user", string(s.User), r.User)
	return err
}
