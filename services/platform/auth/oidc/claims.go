package oidc

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// principal reads the claims of a token whose signature, issuer and expiry are right.
func (a *Authenticator) principal(token *oidc.IDToken) (auth.Principal, error) {
	if !slices.Contains(token.Audience, a.config.Audience) {
		return auth.Principal{}, invalid("the token is not meant for the audience %s", a.config.Audience)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return auth.Principal{}, invalid("the claims of the token cannot be read")
	}
	tenant, _ := claims[a.config.TenantClaim].(string)
	actor, _ := claims[a.config.ActorClaim].(string)
	if tenant == "" {
		return auth.Principal{}, invalid("the token has no claim %s, which names the tenant", a.config.TenantClaim)
	}
	if actor == "" {
		return auth.Principal{}, invalid("the token has no claim %s, which names the actor", a.config.ActorClaim)
	}
	sum := sha256.Sum256([]byte(token.Issuer + "\x00" + tenant + "\x00" + actor))
	return auth.Principal{
		Tenant: auth.Tenant(tenant), Actor: actor, Scopes: scopes(claims[a.config.ScopesClaim]), Key: hex.EncodeToString(sum[:6]),
	}, nil
}

// scopes reads a list of words, or words separated by spaces. Words that mean something to others,
// such as `openid`, are left out.
func scopes(claim any) auth.Scopes {
	var words, known []string
	switch claim := claim.(type) {
	case string:
		words = strings.Fields(claim)
	case []any:
		for _, word := range claim {
			text, _ := word.(string)
			words = append(words, text)
		}
	}
	for _, word := range words {
		if strings.Contains(word, ",") {
			continue
		}
		if scope, err := auth.ParseScopes(word); err == nil {
			known = append(known, string(scope))
		}
	}
	return auth.Scopes(strings.Join(known, ","))
}

// refusal says why a token does not pass, without the token.
func refusal(err error) error {
	if expired := (*oidc.TokenExpiredError)(nil); errors.As(err, &expired) {
		return fault.New(fault.Unauthenticated, reason.CredentialExpired, "the credential expired at %s", expired.Expiry.UTC().Format(time.RFC3339))
	}
	// The library has no type for it.
	if strings.Contains(err.Error(), "fetching keys") {
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
