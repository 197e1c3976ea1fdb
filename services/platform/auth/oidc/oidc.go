// Package oidc authenticates callers by the signed tokens of an OpenID Connect provider.
package oidc

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

const (
	// requestTimeout bounds each request to the provider.
	requestTimeout = 10 * time.Second
	// firstPause and longestPause bound the pause before discovery is tried again.
	firstPause   = 250 * time.Millisecond
	longestPause = 30 * time.Second
)

// Config says which tokens are accepted and what they mean.
type Config struct {
	// Issuer is the URL of the provider.
	Issuer string
	// Audience must be among the audiences of a token.
	Audience string
	// TenantClaim, ActorClaim and ScopesClaim are the names of claims.
	TenantClaim, ActorClaim, ScopesClaim string
}

// Authenticator accepts bearer tokens of one provider.
type Authenticator struct {
	config   Config
	verifier atomic.Pointer[oidc.IDTokenVerifier]
}

// Start returns an authenticator that looks for its provider until it is found or ctx ends. Until
// then callers are told to try again.
func Start(ctx context.Context, logger *slog.Logger, config Config) *Authenticator {
	a := &Authenticator{config: config}
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: requestTimeout})
	go a.discover(ctx, logger)
	return a
}

func (a *Authenticator) discover(ctx context.Context, logger *slog.Logger) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		provider, err := oidc.NewProvider(ctx, a.config.Issuer)
		if err == nil {
			a.verifier.Store(provider.VerifierContext(ctx, &oidc.Config{SkipClientIDCheck: true}))
			logger.InfoContext(ctx, "OpenID Connect provider found", "issuer", a.config.Issuer)
			return
		}
		logger.WarnContext(ctx, "OpenID Connect provider not found", "issuer", a.config.Issuer, "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// Authenticate accepts `Bearer TOKEN`.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (auth.Principal, error) {
	if authorization == "" {
		return auth.Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return auth.Principal{}, invalid("the credential must be a bearer token")
	}
	verifier := a.verifier.Load()
	if verifier == nil {
		return auth.Principal{}, unavailable()
	}
	verified, err := verifier.Verify(ctx, token)
	if err != nil {
		return auth.Principal{}, refusal(err)
	}
	return a.principal(verified)
}
