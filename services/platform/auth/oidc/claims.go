package oidc

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/continuo-billing/continuo/services/platform/auth"
)

// maxName is the most characters of a tenant or an actor.
const maxName = 255

// principal reads the claims of a token whose signature, issuer and expiry are right.
func (a *Authenticator) principal(token *oidc.IDToken) (auth.Principal, error) {
	if !slices.Contains(token.Audience, a.config.Audience) {
		return auth.Principal{}, invalid("the token is not meant for the audience %s", a.config.Audience)
	}
	var claims map[string]any
	if err := token.Claims(&claims); err != nil {
		return auth.Principal{}, invalid("the claims of the token cannot be read")
	}
	tenant, err := name(claims, a.config.TenantClaim, "tenant")
	if err != nil {
		return auth.Principal{}, err
	}
	actor, err := name(claims, a.config.ActorClaim, "actor")
	if err != nil {
		return auth.Principal{}, err
	}
	sum := sha256.Sum256([]byte(token.Issuer + "\x00" + tenant + "\x00" + actor))
	return auth.Principal{
		Tenant: auth.Tenant(tenant), Actor: actor, Scopes: scopes(claims[a.config.ScopesClaim]), Key: hex.EncodeToString(sum[:6]),
	}, nil
}

// name returns the claim that names something. It must be a text that stores and logs can hold.
func name(claims map[string]any, claim, named string) (string, error) {
	text, _ := claims[claim].(string)
	if text == "" {
		return "", invalid("the token has no claim %s with a text, which names the %s", claim, named)
	}
	if utf8.RuneCountInString(text) > maxName || strings.ContainsFunc(text, unicode.IsControl) {
		return "", invalid("the claim %s of the token must have at most %d characters and no control characters", claim, maxName)
	}
	return text, nil
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
