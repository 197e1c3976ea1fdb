package config

import (
	"context"
	"log/slog"
	"net"
	"net/url"

	"github.com/continuo-billing/continuo/services/platform/auth/oidc"
)

// OIDC configures authentication by the tokens of an OpenID Connect provider.
type OIDC struct {
	OIDCAudience    string `name:"oidc-audience" env:"CONTINUO_OIDC_AUDIENCE" help:"Audience that tokens must be meant for. Required with CONTINUO_AUTH=oidc:ISSUER."`
	OIDCTenantClaim string `name:"oidc-tenant-claim" env:"CONTINUO_OIDC_TENANT_CLAIM" default:"tenant" help:"Claim that names the tenant."`
	OIDCActorClaim  string `name:"oidc-actor-claim" env:"CONTINUO_OIDC_ACTOR_CLAIM" default:"sub" help:"Claim that names the actor."`
	OIDCScopesClaim string `name:"oidc-scopes-claim" env:"CONTINUO_OIDC_SCOPES_CLAIM" default:"scope" help:"Claim that holds the scopes."`
}

// start returns the authenticator for an issuer, which must be reached over TLS or on this machine.
func (o OIDC) start(ctx context.Context, logger *slog.Logger, issuer string) (*oidc.Authenticator, error) {
	parsed, err := url.Parse(issuer)
	if err != nil || parsed.Host == "" || parsed.Scheme != "https" && (parsed.Scheme != "http" || !isLoopback(net.JoinHostPort(parsed.Hostname(), "0"))) {
		return nil, wrongf("CONTINUO_AUTH=oidc:%s: the issuer must be an https URL", issuer)
	}
	if o.OIDCAudience == "" {
		return nil, wrongf("CONTINUO_AUTH=oidc:ISSUER needs CONTINUO_OIDC_AUDIENCE")
	}
	if o.OIDCTenantClaim == "" || o.OIDCActorClaim == "" || o.OIDCScopesClaim == "" {
		return nil, wrongf("CONTINUO_OIDC_TENANT_CLAIM, CONTINUO_OIDC_ACTOR_CLAIM and CONTINUO_OIDC_SCOPES_CLAIM must name a claim")
	}
	return oidc.Start(ctx, logger, oidc.Config{
		Issuer: issuer, Audience: o.OIDCAudience,
		TenantClaim: o.OIDCTenantClaim, ActorClaim: o.OIDCActorClaim, ScopesClaim: o.OIDCScopesClaim,
	}), nil
}
