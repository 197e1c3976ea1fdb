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
	login := loginKey(ID(credentials.Organisation), credentials.UserName)
	succeeded, err := s.attempts.begin(ctx, s.Clock.Now())
	if err != nil {
		return "", err
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
	succeeded()
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
