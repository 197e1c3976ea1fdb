// Package auth identifies the caller: the tenant whose rows it may access and the actor named in
// the change feed. Both come from the caller's credential, never from the request message.
package auth

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Tenant identifies one customer of this installation. Rows of different tenants are isolated from
// each other.
type Tenant string

// DefaultTenant is the tenant of an installation without authentication.
const DefaultTenant Tenant = "default"

// Principal is an authenticated caller.
type Principal struct {
	// Tenant owns all rows that the caller can see.
	Tenant Tenant
	// Actor is the name of the caller in the change feed.
	Actor string
	// Scopes are what the caller may do. Without scopes it may call no method that needs a credential.
	Scopes Scopes
	// Key identifies the credential, for quotas and logs. It is stable and does not reveal the
	// credential. It is empty if there is none.
	Key string
	// Restriction is a pointer to what the caller may see of its tenant, in the terms of the service that
	// authenticated it. Nil means everything.
	Restriction any
}

type principalKey struct{}

// With returns a context that carries the caller.
func With(ctx context.Context, principal Principal) context.Context {
	return &withPrincipal{ctx, principal}
}

// withPrincipal is a context with a caller, in one piece of memory.
type withPrincipal struct {
	context.Context
	principal Principal
}

// Value returns a pointer to the caller, and the values of the context below.
func (c *withPrincipal) Value(key any) any {
	if _, ok := key.(principalKey); ok {
		return &c.principal
	}
	return c.Context.Value(key)
}

// From returns the caller of the context, or an Unauthenticated fault.
func From(ctx context.Context) (Principal, error) {
	principal, ok := ctx.Value(principalKey{}).(*Principal)
	if !ok {
		return Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	return *principal, nil
}

// Authenticator identifies callers by the value of the `authorization` header, which may be empty.
type Authenticator interface {
	// Authenticate returns the caller, or an Unauthenticated fault that does not contain the
	// credential.
	Authenticate(ctx context.Context, authorization string) (Principal, error)
}

// Schemes of the `authorization` header.
const (
	Bearer = "Bearer"
	Basic  = "Basic"
)

// Accepts reports whether an authenticator accepts credentials of a scheme. One without a method Schemes
// accepts all.
func Accepts(by Authenticator, scheme string) bool {
	some, ok := by.(interface{ Schemes() []string })
	return !ok || slices.Contains(some.Schemes(), scheme)
}

// Off accepts every caller as the default tenant. It is meant for local use only.
type Off struct{}

// Authenticate returns the default tenant.
func (Off) Authenticate(context.Context, string) (Principal, error) {
	return Principal{Tenant: DefaultTenant, Actor: "anonymous", Scopes: AllScopes}, nil
}
