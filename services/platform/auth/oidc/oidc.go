// Package oidc authenticates callers by the signed tokens of an OpenID Connect provider.
package oidc

import (
	"context"
	"errors"
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
	// keysTimeout is how long a call waits for the provider's keys. The fetch goes on without it.
	keysTimeout = 2 * time.Second
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
	fetches  *fetches
}

// Start returns an authenticator that looks for its provider until it is found or ctx ends. Until
// then callers are told to try again.
func Start(ctx context.Context, logger *slog.Logger, config Config) *Authenticator {
	a := &Authenticator{config: config, fetches: newFetches(logger)}
	go a.discover(ctx, logger)
	return a
}

func (a *Authenticator) discover(ctx context.Context, logger *slog.Logger) {
	discovery := oidc.ClientContext(ctx, &http.Client{Timeout: requestTimeout})
	keys := oidc.ClientContext(ctx, &http.Client{Timeout: requestTimeout, Transport: a.fetches})
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		provider, err := oidc.NewProvider(discovery, a.config.Issuer)
		if err == nil {
			a.verifier.Store(provider.VerifierContext(keys, &oidc.Config{SkipClientIDCheck: true})) // principal checks the audience
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

// Schemes returns the schemes of credentials that are accepted.
func (*Authenticator) Schemes() []string { return []string{auth.Bearer} }

// Authenticate accepts `Bearer TOKEN`.
func (a *Authenticator) Authenticate(ctx context.Context, authorization string) (auth.Principal, error) {
	if authorization == "" {
		return auth.Principal{}, fault.New(fault.Unauthenticated, reason.CredentialMissing, "the request carries no credential")
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, auth.Bearer) {
		return auth.Principal{}, invalid("the credential must be a bearer token")
	}
	verifier := a.verifier.Load()
	if verifier == nil {
		return auth.Principal{}, unavailable()
	}
	waiting, cancel := context.WithTimeout(ctx, keysTimeout)
	defer cancel()
	verified, err := verifier.Verify(waiting, token)
	if err != nil {
		return auth.Principal{}, a.refusal(waiting, err)
	}
	return a.principal(verified)
}

// refusal returns the fault for a token that was not verified, without the token. Whether the keys
// could be had decides between the token's fault and the provider's.
func (a *Authenticator) refusal(waiting context.Context, err error) error {
	if expired := (*oidc.TokenExpiredError)(nil); errors.As(err, &expired) {
		return fault.New(fault.Unauthenticated, reason.CredentialExpired, "the credential expired at %s", expired.Expiry.UTC().Format(time.RFC3339))
	}
	if waiting.Err() != nil || a.fetches.failed.Load() {
		return unavailable()
	}
	return invalid("the credential is not accepted")
}

func invalid(format string, values ...any) error {
	return fault.New(fault.Unauthenticated, reason.CredentialInvalid, format, values...)
}

func unavailable() error {
	return fault.New(fault.Unavailable, reason.ServiceUnavailable, "the OpenID Connect provider cannot be reached at the moment")
}
