package organisation

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Credentials are what a user signs in with.
type Credentials struct {
	Organisation, UserName, Password string
	// Unit is the unit to work in, by id, name or alternative code. Empty means the user's own.
	Unit string
}

// SignIn opens a session and returns its token. An unknown organisation, an unknown or disabled user
// and a wrong password all give CREDENTIAL_INVALID after the same time. Too many failures from one
// source, and too many attempts of all, give RATE_LIMITED, a unit of another user PERMISSION_DENIED.
func (s *Service) SignIn(ctx context.Context, credentials Credentials) (token string, err error) {
	if err := credentials.check(); err != nil {
		return "", err
	}
	tenant, user, err := s.verify(ctx, credentials)
	if err != nil {
		s.audit.failed(ctx, tenant, user.ID, err)
		return "", err
	}
	return s.open(ctx, tenant, user, s.jwt, func(_ context.Context, _ Writer, present User) error {
		if present.PasswordHash != user.PasswordHash {
			return invalidPassword()
		}
		return nil
	})
}

// verify returns the user with the credentials, also beside an error if there is a user of that name.
func (s *Service) verify(ctx context.Context, credentials Credentials) (auth.Tenant, User, error) {
	succeeded, err := s.attempts.begin(ctx, s.Clock.Now())
	if err != nil {
		return "", User{}, err
	}
	tenant, user, err := s.locator.LocateUser(ctx, loginKey(ID(credentials.Organisation), credentials.UserName))
	if err != nil && !errors.Is(err, fault.NotFound) {
		return "", User{}, err
	}
	right, err := s.passwords.match(ctx, user.PasswordHash, credentials.Password)
	if err != nil {
		return tenant, user, err
	}
	if !right || user.Disabled {
		return tenant, user, invalidPassword()
	}
	succeeded()
	return tenant, user, checkUnit(user, credentials.Unit)
}

// checkUnit returns a PermissionDenied fault for a unit that the user does not work in.
func checkUnit(user User, unit string) error {
	if unit != "" && !user.Unit.Named(unit) {
		return fault.AtField(fault.PermissionDenied, "unit", reason.PermissionDenied, "the user does not belong to it")
	}
	return nil
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

// SignInWithKey opens a session for the user with a Web API key and returns its token, which is valid for
// SessionLife. unit is as in Credentials. An unknown key and one of a disabled user give
// CREDENTIAL_INVALID, a unit of another user PERMISSION_DENIED.
func (s *Service) SignInWithKey(ctx context.Context, key, unit string) (token string, err error) {
	byHash := resource.Key{Name: resource.KeyAPIKey, Value: HashToken(key)}
	tenant, user, err := s.locator.LocateUser(ctx, byHash)
	if errors.Is(err, fault.NotFound) || err == nil && user.Disabled {
		s.audit.failed(ctx, tenant, user.ID, invalidKey())
		return "", invalidKey()
	}
	if err != nil {
		return "", err
	}
	if err := checkUnit(user, unit); err != nil {
		return "", err
	}
	var used APIKey
	token, err = s.open(ctx, tenant, user, true, func(ctx context.Context, w Writer, _ User) (err error) {
		used, err = w.APIKey(ctx, byHash)
		if errors.Is(err, fault.NotFound) {
			return invalidKey()
		}
		return err
	})
	if err == nil {
		s.audit.keyUsed(ctx, tenant, user.ID, used.ID)
	}
	return token, err
}

func invalidKey() error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the Web API key is missing or unknown: it is the user name of HTTP Basic authentication")
}

// open opens a session, with an end or until it is not used any more. check returns a fault if the
// credential that the user signed in with has been replaced or revoked meanwhile.
func (s *Service) open(ctx context.Context, tenant auth.Tenant, user User, ends bool, check func(context.Context, Writer, User) error) (token string, err error) {
	ctx = auth.With(ctx, auth.Principal{Tenant: tenant, Actor: resource.Name(&user)})
	_, err = mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (none struct{}, err error) {
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
		session := Session{ID: SessionID(id.New()), Organisation: present.Organisation, User: present.ID, LastUsed: w.Now()}
		if ends {
			session.Ends = w.Now().Add(SessionLife)
		}
		if token, err = s.tokenOf(&session); err != nil {
			return none, err
		}
		return none, w.Create(ctx, &session)
	}, mutation.Unrecorded())
	if err != nil {
		return "", err
	}
	return token, nil
}

// tokenOf makes the token of a new session.
func (s *Service) tokenOf(session *Session) (token string, err error) {
	token = newToken()
	if s.jwt {
		if token, err = newJWT(s.signing, session, session.LastUsed); err != nil {
			return "", err
		}
	}
	session.TokenHash = HashToken(token)
	return token, nil
}
