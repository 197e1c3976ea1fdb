package api

import (
	"context"
	"errors"
	"strings"

	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
)

// Bearer accepts the token of a session as a credential, for the methods of SubscriptionService and
// SubscriptionActionService. All other
// credentials are left to the authenticator of the configuration.
type Bearer struct {
	// Sessions finds the session of a token.
	Sessions *organisation.Service
	// Configured identifies all other callers.
	Configured auth.Authenticator
}

// Authenticate returns the user of the session as a caller who sees what the user sees. For the methods of
// other services it has no scopes.
func (b Bearer) Authenticate(ctx context.Context, authorization string) (auth.Principal, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "bearer") || !organisation.IsToken(token) {
		return b.Configured.Authenticate(ctx, authorization)
	}
	by, err := b.Sessions.Authenticate(ctx, token)
	if errors.Is(err, fault.Unauthenticated) {
		return b.other(ctx, authorization)
	}
	if method, known := grpc.Method(ctx); known && ofSubscriptions(method) {
		by.Scopes = "subscription:read,subscription:write"
	}
	return by, err
}

// ofSubscriptions reports whether a method is one of those that apply what a user sees.
func ofSubscriptions(method string) bool {
	return strings.HasPrefix(method, "/"+pb.SubscriptionService_ServiceDesc.ServiceName+"/") ||
		strings.HasPrefix(method, "/"+pb.SubscriptionActionService_ServiceDesc.ServiceName+"/")
}

// other identifies a caller whose credential looks like the token of a session and is none. Without
// authentication it is refused, since a user whose session has ended must not see everything.
func (b Bearer) other(ctx context.Context, authorization string) (auth.Principal, error) {
	if _, off := b.Configured.(auth.Off); !off {
		return b.Configured.Authenticate(ctx, authorization)
	}
	return auth.Principal{}, fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the token is unknown, or its session has ended; sign in again")
}
