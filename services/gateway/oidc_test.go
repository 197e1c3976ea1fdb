package gateway

import (
	"log/slog"
	"net/http"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/platform/auth/oidc"
	"github.com/continuo-billing/continuo/services/platform/auth/oidctest"
)

// TestTokensOfAProvider checks who gets in with tokens of an OpenID Connect provider, and that those who
// do not are asked for what the provider gives, in each contract. CRM.COM's calls have their own
// credentials, which the service checks.
func TestTokensOfAProvider(t *testing.T) {
	provider, backend := oidctest.New(t), startBackend(t)
	provider.Start(t)
	config := configFor(backend)
	config.Authenticator = oidc.Start(t.Context(), slog.New(slog.DiscardHandler), oidc.Config{
		Issuer: provider.Issuer(), Audience: "continuo", TenantClaim: "tenant", ActorClaim: "sub", ScopesClaim: "scope",
	})
	server := startGatewayWith(t, config, everyRoute)
	native := request{"GET", "/subscription/v1/subscriptions/1", "", ""}
	good := "Bearer " + provider.Token(t, nil)
	for deadline := time.Now().Add(10 * time.Second); native.send(t, server.URL, "Authorization", good).status == http.StatusServiceUnavailable && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	for name, asked := range map[string]request{"native": native, "sedona": sedonaPut, "dynamics": dynamicsPut} {
		backend.take()
		if got := asked.send(t, server.URL, "Authorization", good); got.status >= 300 || len(backend.take()) != 1 {
			t.Errorf("%s: a good token got %d %s", name, got.status, got.text)
		}
		for _, credential := range []string{"", "Basic YTpi", good + "x"} {
			got := asked.send(t, server.URL, "Authorization", credential)
			if challenges := got.header.Values("WWW-Authenticate"); got.status != http.StatusUnauthorized || !slices.Equal(challenges, []string{contract.Bearer}) {
				t.Errorf("%s: %q got %d with WWW-Authenticate %q", name, credential, got.status, challenges)
			}
		}
		if calls := backend.take(); len(calls) != 0 {
			t.Errorf("%s: %d refused calls reached the service", name, len(calls))
		}
	}
	backend.answers(nil, refused(t, codes.Unauthenticated, "CREDENTIAL_INVALID", "no"))
	got := crmcomPost.send(t, server.URL, "Authorization", "Basic YTpi")
	if got.status != http.StatusUnauthorized || !slices.Contains(got.header.Values("WWW-Authenticate"), contract.Basic) || len(backend.take()) != 1 {
		t.Errorf("crmcom: got %d with WWW-Authenticate %q", got.status, got.header.Values("WWW-Authenticate"))
	}
}
