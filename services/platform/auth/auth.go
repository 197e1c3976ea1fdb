// Package auth says who is calling: the tenant whose rows are touched and the actor whose name stands in the change feed.
// Both come from the caller's credential, never from a payload.
package auth

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Tenant separates the rows of one customer of this installation from all others.
type Tenant string

// DefaultTenant is the tenant of an installation without authentication.
const DefaultTenant Tenant = "default"

// Principal is a caller whose credential was accepted.
type Principal struct {
	// Tenant owns every row the caller can see.
	Tenant Tenant
	// Actor names the caller in the change feed.
	Actor string
}

type principalKey struct{}

// With is a context that carries the caller.
func With(ctx context.Context, principal Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, principal)
}

// From is the caller that the context carries, or an Unauthenticated fault.
func From(ctx context.Context) (Principal, error) {
	principal, ok := ctx.Value(principalKey{}).(Principal)
	if !ok {
		return Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	return principal, nil
}

// Authenticator decides who a caller is from the value of the `authorization` header, which may be empty.
type Authenticator interface {
	// Authenticate is the caller, or an Unauthenticated fault that does not repeat the credential.
	Authenticate(ctx context.Context, authorization string) (Principal, error)
}

// Off accepts everybody as the default tenant: for a machine of one's own only.
type Off struct{}

// Authenticate is the default tenant whatever the credential.
func (Off) Authenticate(context.Context, string) (Principal, error) {
	return Principal{Tenant: DefaultTenant, Actor: "anonymous"}, nil
}
