package gateway

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// TestTokensOfSessionsAreLeftToTheService sends credentials that the authenticator does not accept.
func TestTokensOfSessionsAreLeftToTheService(t *testing.T) {
	backend := startBackend(t)
	config := configFor(backend)
	config.Authenticator = nobody{}
	origin, _ := serve(t, config)
	token := strings.Repeat("0A", 16)
	for _, test := range []struct {
		path, token string
		want        int
	}{
		{"/subscription/v1/subscriptions/1", token, http.StatusOK},
		{"/subscription/v1/subscriptions/1", "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6IjEifQ.e30.e30", http.StatusOK},
		{"/subscription/v1/subscriptions/1", "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.e30", http.StatusUnauthorized},
		{"/subscription/v1/users/1", token, http.StatusOK}, // the service refuses it
		{"/subscription/v1/subscriptions/1", strings.ToLower(token), http.StatusUnauthorized},
		{"/subscription/v1/subscriptions/1", token + "0", http.StatusUnauthorized},
		{"/subscription/v1/subscriptions/1", "", http.StatusUnauthorized},
		{itemGet.path, token, http.StatusUnauthorized},
	} {
		if status, _, text := ask(t, "GET", origin+test.path, test.token, ""); status != test.want {
			t.Errorf("%s with %q: got %d %s, want %d", test.path, test.token, status, text, test.want)
		}
	}
}

// nobody accepts no credential.
type nobody struct{}

func (nobody) Authenticate(context.Context, string) (auth.Principal, error) {
	return auth.Principal{}, fault.New(fault.Unauthenticated, reason.CredentialInvalid, "the credential is not accepted")
}
