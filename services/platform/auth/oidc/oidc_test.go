package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/oauth2-proxy/mockoidc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/auth/oidc"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// provider runs on an address that is known before it starts.
type provider struct {
	*mockoidc.MockOIDC
	keys    sync.Mutex
	address string
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	mock, err := mockoidc.NewServer(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{MockOIDC: mock}
	err = mock.AddMiddleware(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.keys.Lock()
			defer p.keys.Unlock()
			next.ServeHTTP(w, r)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	listener := listen(t, "127.0.0.1:0")
	p.address = listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	return p
}

// newKey returns a key of its own; without one the library uses the same key for all.
func newKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

func (p *provider) start(t *testing.T) {
	t.Helper()
	if err := p.Start(listen(t, p.address), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Server.Close() })
}

// rotate replaces the key that signs.
func (p *provider) rotate(t *testing.T) {
	t.Helper()
	pair, err := mockoidc.NewKeypair(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	p.Keypair = pair
}

// token signs good claims with some of them changed.
func (p *provider) token(t *testing.T, changes jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": "http://" + p.address + "/oidc", "aud": "continuo", "exp": time.Now().Add(time.Hour).Unix(),
		"sub": "ann", "tenant": "acme", "scope": "openid write recurring-billing:read",
	}
	for name, value := range changes {
		claims[name] = value
	}
	p.keys.Lock()
	defer p.keys.Unlock()
	token, err := p.Keypair.SignJWT(claims)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// serve starts a server whose method /test.Echo/Call answers who calls, and returns a call of it.
func serve(t *testing.T, authenticator auth.Authenticator) func(authorization string) (string, error) {
	t.Helper()
	handler := func(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		var request wrapperspb.StringValue
		if err := decode(&request); err != nil {
			return nil, err
		}
		return interceptor(ctx, &request, &grpc.UnaryServerInfo{FullMethod: "/test.Echo/Call"}, func(ctx context.Context, _ any) (any, error) {
			caller, err := auth.From(ctx)
			return wrapperspb.String(strings.Join([]string{string(caller.Tenant), caller.Actor, string(caller.Scopes)}, " ")), err
		})
	}
	server, err := rpc.New(rpc.Config{
		Logger: slog.New(slog.DiscardHandler), Authenticator: authenticator, Ready: func(context.Context) error { return nil },
		Register: func(r grpc.ServiceRegistrar) {
			r.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Echo", HandlerType: (*any)(nil),
				Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: handler}}}, struct{}{})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	listener := listen(t, "127.0.0.1:0")
	go func() { _ = server.Serve(t.Context(), listener) }()
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return func(authorization string) (string, error) {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", authorization)
		var answer wrapperspb.StringValue
		err := connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String(""), &answer)
		return answer.Value, err
	}
}

func TestTokens(t *testing.T) {
	p := newProvider(t)
	call := serve(t, oidc.Start(t.Context(), slog.New(slog.DiscardHandler), oidc.Config{
		Issuer: "http://" + p.address + "/oidc", Audience: "continuo", TenantClaim: "tenant", ActorClaim: "sub", ScopesClaim: "scope",
	}))
	good := p.token(t, nil)
	if _, err := call("Bearer " + good); status.Code(err) != codes.Unavailable {
		t.Fatalf("before discovery: got %v, want Unavailable", err)
	}
	p.start(t)
	const want = "acme ann write,recurring-billing:read"
	answer, err := call("Bearer " + good)
	for deadline := time.Now().Add(10 * time.Second); status.Code(err) == codes.Unavailable && time.Now().Before(deadline); answer, err = call("Bearer " + good) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil || answer != want {
		t.Fatalf("after discovery: got %q, %v", answer, err)
	}
	p.rotate(t)
	if answer, err := call("Bearer " + p.token(t, nil)); err != nil || answer != want {
		t.Errorf("after a rotation: got %q, %v", answer, err)
	}
	stranger := newProvider(t)
	stranger.address = p.address
	for name, refused := range map[string]struct {
		credential string
		code       codes.Code
		text       string
	}{
		"expired":  {"Bearer " + p.token(t, jwt.MapClaims{"exp": time.Now().Add(-time.Hour).Unix()}), codes.Unauthenticated, "expired at"},
		"audience": {"Bearer " + p.token(t, jwt.MapClaims{"aud": "other"}), codes.Unauthenticated, "audience continuo"},
		"tenant":   {"Bearer " + p.token(t, jwt.MapClaims{"tenant": ""}), codes.Unauthenticated, "claim tenant"},
		"actor":    {"Bearer " + p.token(t, jwt.MapClaims{"sub": ""}), codes.Unauthenticated, "claim sub"},
		"issuer":   {"Bearer " + p.token(t, jwt.MapClaims{"iss": "http://other"}), codes.Unauthenticated, "not accepted"},
		"stranger": {"Bearer " + stranger.token(t, nil), codes.Unauthenticated, "not accepted"},
		"scope":    {"Bearer " + p.token(t, jwt.MapClaims{"scope": []string{"read"}}), codes.PermissionDenied, "write"},
		"basic":    {"Basic YTpi", codes.Unauthenticated, "bearer token"},
		"none":     {"", codes.Unauthenticated, "no credential"},
	} {
		if _, err := call(refused.credential); status.Code(err) != refused.code || !strings.Contains(err.Error(), refused.text) {
			t.Errorf("%s: got %v, want %v with %q", name, err, refused.code, refused.text)
		}
	}
}
