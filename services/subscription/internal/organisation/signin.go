package organisation

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// touchAfter is the age at which a session's LastUsed is written again, so that not every call writes
// it. A session can expire this much earlier than SessionIdle after its last use, but never later.
const touchAfter = time.Minute

// Credentials are what a user signs in with.
type Credentials struct {
	Organisation, UserName, Password string
	// Unit is the unit to work in, by id, name or alternative code. Empty means the user's own.
	Unit string
}

// SignIn opens a session and returns its token. An unknown organisation, an unknown or disabled user
// and a wrong password all give CREDENTIAL_INVALID after the same time. Too many failures for one user
// give RATE_LIMITED, a unit of another user PERMISSION_DENIED.
func (s *Service) SignIn(ctx context.Context, credentials Credentials) (token string, err error) {
	if err := credentials.check(); err != nil {
		return "", err
	}
	login := loginKey(ID(credentials.Organisation), credentials.UserName)
	now := s.Clock.Now()
	forgive, allowed := s.attempts.begin(login.Value, now)
	if !allowed {
		return "", fault.New(fault.ResourceExhausted, reason.RateLimited, "too many failed attempts to sign in as this user; try again in a minute")
	}
	tenant, user, err := s.locator.LocateUser(ctx, login)
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", err
	}
	right, err := s.passwords.match(ctx, user.PasswordHash, credentials.Password)
	if err != nil {
		return "", err
	}
	if !right || user.Disabled {
		return "", invalidPassword()
	}
	forgive()
	if credentials.Unit != "" && !user.Unit.named(credentials.Unit) {
		return "", fault.AtField(fault.PermissionDenied, "unit", reason.PermissionDenied, "the user does not belong to it")
	}
	return s.open(ctx, tenant, user, func(_ context.Context, _ Writer, present User) error {
		if present.PasswordHash != user.PasswordHash {
			return invalidPassword()
		}
		return nil
	})
}

func invalidPassword() error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, "unknown organisation or user, or wrong password")
}

func (c Credentials) check() error {
	var missing fault.Violations
	for _, parameter := range []struct{ name, value string }{
		{"username", c.UserName}, {"password", c.Password}, {"organisation", c.Organisation},
	} {
		if parameter.value == "" {
			missing.Add(parameter.name, reason.Required, "is required")
		}
	}
	return missing.Err()
}

// SignInWithKey opens a session for the user with a Web API key and returns its token. An unknown key
// and one of a disabled user give CREDENTIAL_INVALID.
func (s *Service) SignInWithKey(ctx context.Context, key string) (token string, err error) {
	byHash := resource.Key{Name: resource.KeyAPIKey, Value: HashToken(key)}
	tenant, user, err := s.locator.LocateUser(ctx, byHash)
	if errors.Is(err, fault.NotFound) || err == nil && user.Disabled {
		return "", invalidKey()
	}
	if err != nil {
		return "", err
	}
	return s.open(ctx, tenant, user, func(ctx context.Context, w Writer, _ User) error {
		_, err := w.APIKey(ctx, byHash)
		if errors.Is(err, fault.NotFound) {
			return invalidKey()
		}
		return err
	})
}

func invalidKey() error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the Web API key is missing or unknown: it is the user name of HTTP Basic authentication")
}

// open opens a session. check returns a fault if the credential that the user signed in with has been
// replaced or revoked meanwhile.
func (s *Service) open(ctx context.Context, tenant auth.Tenant, user User, check func(context.Context, Writer, User) error) (string, error) {
	token := newToken()
	ctx = auth.With(ctx, auth.Principal{Tenant: tenant, Actor: resource.Name(&user)})
	_, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
		present, err := w.User(ctx, resource.ByID(user.ID))
		if errors.Is(err, fault.NotFound) || err == nil && present.Disabled {
			return none, invalidPassword()
		}
		if err != nil {
			return none, err
		}
		if err := check(ctx, w, present); err != nil {
			return none, err
		}
		if err := w.PurgeSessions(ctx, w.Now().Add(-SessionIdle)); err != nil {
			return none, err
		}
		session := Session{ID: SessionID(id.New()), TokenHash: HashToken(token), Organisation: present.Organisation, User: present.ID, LastUsed: w.Now()}
		return none, w.Create(ctx, &session)
	}, mutation.Unrecorded())
	if err != nil {
		return "", err
	}
	return token, nil
}

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

// session returns the live session of a token and its user as principal.
func (s *Service) session(ctx context.Context, token string) (Session, auth.Principal, error) {
	if token == "" {
		return Session{}, auth.Principal{}, invalidToken("is missing")
	}
	tenant, session, err := s.locator.LocateSession(ctx, resource.Key{Name: resource.KeyToken, Value: HashToken(token)})
	if errors.Is(err, fault.NotFound) {
		return Session{}, auth.Principal{}, invalidToken("is unknown")
	}
	if err != nil {
		return Session{}, auth.Principal{}, err
	}
	if !session.live(s.Clock.Now()) {
		return Session{}, auth.Principal{}, invalidToken("has expired; sign in again")
	}
	return session, auth.Principal{Tenant: tenant, Actor: resource.Name(&User{ID: session.User})}, nil
}

func invalidToken(description string) error {
	return fault.AtField(fault.Unauthenticated, "token", reason.CredentialInvalid, "%s", description)
}
