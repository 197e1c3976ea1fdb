package organisation

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// touchAfter is the age at which a session's LastUsed is written again, so that not every call writes
// it. A session can expire this much earlier than SessionIdle after its last use, but never later.
const touchAfter = time.Minute

// Authenticate returns the principal of a token and records the use of its session. A missing,
// unknown, released or expired token is CREDENTIAL_INVALID.
func (s *Service) Authenticate(ctx context.Context, token string) (auth.Principal, error) {
	found, err := s.session(ctx, token, tokenKey(token))
	if err != nil {
		return auth.Principal{}, err
	}
	return s.use(ctx, found)
}

// use records the use of a session, if that is due, and returns its principal.
func (s *Service) use(ctx context.Context, found *Located) (auth.Principal, error) {
	by, now := found.principal(), s.Clock.Now()
	if !found.Session.touchDue(now) {
		return by, nil
	}
	_, err := mutation.Run(auth.With(ctx, by), s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		current, err := w.Session(ctx, resource.ByID(found.Session.ID))
		if err != nil || !current.touchDue(now) {
			return none, err // or another call has just recorded the use
		}
		current.LastUsed = now
		return none, w.TouchSession(ctx, &current)
	}, mutation.Unrecorded())
	if errors.Is(err, fault.NotFound) {
		return auth.Principal{}, invalidToken("is unknown")
	}
	return by, err
}

// SignOut ends the session of a token. A missing, unknown, released or expired token is
// CREDENTIAL_INVALID.
func (s *Service) SignOut(ctx context.Context, token string) error {
	key := tokenKey(token)
	found, err := s.session(ctx, token, key)
	if err != nil {
		return err
	}
	s.lately.forget(key)
	_, err = mutation.Run(auth.With(ctx, found.principal()), s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		current, err := w.Session(ctx, resource.ByID(found.Session.ID))
		if err != nil {
			return none, err
		}
		return none, w.Delete(ctx, &current)
	}, mutation.Unrecorded())
	if errors.Is(err, fault.NotFound) {
		return invalidToken("is unknown")
	}
	return err
}

// session returns the live session of a token that has a key, with its user.
func (s *Service) session(ctx context.Context, token string, key resource.Key) (*Located, error) {
	if token == "" {
		return nil, invalidToken("is missing")
	}
	if err := checkJWT(s.signing, token); err != nil {
		return nil, err
	}
	found, err := s.locator.LocateSession(ctx, key)
	if errors.Is(err, fault.NotFound) {
		return nil, invalidToken("is unknown")
	}
	if err != nil {
		return nil, err
	}
	if !found.Session.live(s.Clock.Now()) {
		return nil, invalidToken("has expired; sign in again")
	}
	return &found, nil
}

func tokenKey(token string) resource.Key {
	return resource.Key{Name: resource.KeyToken, Value: HashToken(token)}
}

// touchDue reports whether a use of the session at a time is to be recorded, so that LastUsed stays accurate.
func (s *Session) touchDue(now time.Time) bool {
	return !s.Lasting && now.Sub(s.LastUsed).Abs() >= touchAfter
}

// principal returns the user as principal, restricted to what it sees.
func (l *Located) principal() auth.Principal {
	by := auth.Principal{Tenant: l.Tenant, Actor: resource.Name(&l.User), Key: resource.Name(&l.Session)}
	if l.User.Restricted() {
		by.Restriction = l.visibility()
	}
	return by
}

// visibility returns which subscriptions the user sees.
func (l *Located) visibility() *visibility.Visibility {
	sees := &visibility.Visibility{Groups: l.User.VisibleGroups}
	if l.User.Unit != nil {
		sees.UnitGroup, sees.InUnit = l.User.Unit.GroupName, true
	}
	if l.User.MaxPrivacyLevel != "" {
		highest, ranked := l.MaxPrivacyLevel.Rank()
		if !ranked {
			highest = -1 // below all levels: the number of the highest one has been changed to one without a rank
		}
		sees.MaxPrivacy = &highest
	}
	return sees
}

func invalidToken(description string) error {
	return fault.AtField(fault.Unauthenticated, "token", reason.CredentialInvalid, "%s", description)
}
