package organisation

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// SessionIdle is the time after which an unused session expires, and SessionLife the time after which a
// session with an end expires, used or not.
const (
	SessionIdle = time.Hour
	SessionLife = 2 * time.Hour
)

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
	// Ends is when the session ends whether it is used or not. Zero: SessionIdle after its last use.
	Ends time.Time `json:"ends,omitzero"`
	// Lasting sessions never expire.
	Lasting bool `json:"lasting,omitempty"`
}

// Expires returns when the session ends if it is not used before, or the zero time if it never does.
func (s *Session) Expires() time.Time {
	if s.Lasting || !s.Ends.IsZero() {
		return s.Ends
	}
	return s.LastUsed.Add(SessionIdle)
}

// live reports whether the session has not expired. A last use in the future was recorded by a clock
// that has since been corrected.
func (s *Session) live(now time.Time) bool {
	if !s.Ends.IsZero() {
		return now.Before(s.Ends)
	}
	return s.Lasting || now.Sub(s.LastUsed).Abs() < SessionIdle
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
