package organisation

import (
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

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
	Unit *resource.Unit `json:"unit,omitempty"`
	// VisibleGroups are the groups that the community grants to the user's unit, besides the unit's own. A user
	// with neither reaches all groups.
	VisibleGroups []catalogue.GroupID `json:"visible_groups,omitempty"`
	// MaxPrivacyLevel is the highest privacy level that the user sees, or empty for all.
	MaxPrivacyLevel catalogue.PrivacyLevelID `json:"max_privacy_level,omitempty"`
	// PasswordHash is the result of HashPassword, or empty if the user has no password.
	PasswordHash string `json:"password_hash,omitempty"`
}

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

// Restricted reports whether there can be subscriptions that the user does not see.
func (u *User) Restricted() bool {
	return len(u.VisibleGroups) > 0 || u.MaxPrivacyLevel != "" || u.Unit != nil
}

// Public returns the user without the hash.
func (u *User) Public() any {
	shown := *u
	shown.PasswordHash = ""
	return shown
}
