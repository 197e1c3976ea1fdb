// Package oidctest runs an OpenID Connect provider for tests.
package oidctest

import (
	"crypto/rand"
	"crypto/rsa"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
)

// Provider is a provider on this machine. Its address is known before it starts.
type Provider struct {
	// Fetches counts the requests for the keys. While Broken is true they get an error.
	Fetches atomic.Int32
	Broken  atomic.Bool

	address string
	keys    sync.Mutex
	mock    *mockoidc.MockOIDC
}

// New returns a provider that does not run yet.
func New(t testing.TB) *Provider {
	t.Helper()
	mock, err := mockoidc.NewServer(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	listener := listen(t, "127.0.0.1:0")
	p := &Provider{mock: mock, address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	if err := mock.AddMiddleware(p.watched); err != nil {
		t.Fatal(err)
	}
	return p
}

// watched counts fetches, breaks them on demand, and keeps them apart from Rotate.
func (p *Provider) watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.keys.Lock()
		defer p.keys.Unlock()
		if r.URL.Path == mockoidc.JWKSEndpoint {
			p.Fetches.Add(1)
			if p.Broken.Load() {
				http.Error(w, "out of order", http.StatusInternalServerError)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// Start serves until the test ends.
func (p *Provider) Start(t testing.TB) {
	t.Helper()
	if err := p.mock.Start(listen(t, p.address), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.mock.Server.Close() }) // the process ends anyway
}

// Issuer returns the provider's URL.
func (p *Provider) Issuer() string { return "http://" + p.address + mockoidc.IssuerBase }

// Rotate replaces the key that signs.
func (p *Provider) Rotate(t testing.TB) {
	t.Helper()
	pair, err := mockoidc.NewKeypair(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	p.mock.Keypair = pair
}

// Token signs a token of the actor ann of the tenant acme for the audience continuo, with some claims
// changed.
func (p *Provider) Token(t testing.TB, changes map[string]any) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": p.Issuer(), "aud": "continuo", "exp": time.Now().Add(time.Hour).Unix(),
		"sub": "ann", "tenant": "acme", "scope": "openid write recurring-billing:read",
	}
	for name, value := range changes {
		claims[name] = value
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	token, err := p.mock.Keypair.SignJWT(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// newKey returns a key of its own; without one the library uses the same key for all.
func newKey(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func listen(t testing.TB, address string) net.Listener {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}
