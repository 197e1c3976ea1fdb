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
	session, by, err := s.session(ctx, token)
	if err != nil {
		return auth.Principal{}, err
	}
	now := s.Clock.Now()
	if session.Lasting || now.Sub(session.LastUsed).Abs() < touchAfter {
		return by, nil
	}
	_, err = mutation.Run(auth.With(ctx, by), s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		current, err := w.Session(ctx, resource.ByID(session.ID))
		if err != nil || now.Sub(current.LastUsed).Abs() < touchAfter {
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
	session, by, err := s.session(ctx, token)
	if err != nil {
		return err
	}
	_, err = mutation.Run(auth.With(ctx, by), s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		current, err := w.Session(ctx, resource.ByID(session.ID))
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

// session returns the live session of a token and its user as principal, restricted to what it sees.
func (s *Service) session(ctx context.Context, token string) (Session, auth.Principal, error) {
	if token == "" {
		return Session{}, auth.Principal{}, invalidToken("is missing")
	}
	if err := checkJWT(s.signing, token); err != nil {
		return Session{}, auth.Principal{}, err
	}
	found, err := s.locator.LocateSession(ctx, resource.Key{Name: resource.KeyToken, Value: HashToken(token)})
	if errors.Is(err, fault.NotFound) {
		return Session{}, auth.Principal{}, invalidToken("is unknown")
	}
	if err != nil {
		return Session{}, auth.Principal{}, err
	}
	if !found.Session.live(s.Clock.Now()) {
		return Session{}, auth.Principal{}, invalidToken("has expired; sign in again")
	}
	by := auth.Principal{Tenant: found.Tenant, Actor: resource.Name(&found.User), Key: resource.Name(&found.Session)}
	if found.User.Restricted() {
		by.Restriction = found.visibility()
	}
	return found.Session, by, nil
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
