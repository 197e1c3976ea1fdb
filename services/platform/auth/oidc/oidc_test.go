package oidc_test

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/auth/oidc"
	"github.com/continuo-billing/continuo/services/platform/auth/oidctest"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

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
	server := rpc.New(rpc.Config{
		Logger: slog.New(slog.DiscardHandler), Authenticator: authenticator, Ready: func(context.Context) error { return nil },
		Register: func(r grpc.ServiceRegistrar) {
			r.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Echo", HandlerType: (*any)(nil),
				Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: handler}}}, struct{}{})
		},
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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

// start returns a call of a server that accepts the tokens of a provider.
func start(t *testing.T, p *oidctest.Provider) func(authorization string) (string, error) {
	t.Helper()
	return serve(t, oidc.Start(t.Context(), slog.New(slog.DiscardHandler), oidc.Config{
		Issuer: p.Issuer(), Audience: "continuo", TenantClaim: "tenant", ActorClaim: "sub", ScopesClaim: "scope",
	}))
}

// awaitFound calls until the provider is found.
func awaitFound(t *testing.T, call func(string) (string, error), token string) {
	t.Helper()
	const want = "acme ann write,recurring-billing:read"
	answer, err := call("Bearer " + token)
	for deadline := time.Now().Add(10 * time.Second); status.Code(err) == codes.Unavailable && time.Now().Before(deadline); answer, err = call("Bearer " + token) {
		time.Sleep(20 * time.Millisecond)
	}
	if err != nil || answer != want {
		t.Fatalf("got %q, %v", answer, err)
	}
}

func TestTokens(t *testing.T) {
	p := oidctest.New(t)
	call := start(t, p)
	if _, err := call("Bearer " + p.Token(t, nil)); status.Code(err) != codes.Unavailable {
		t.Fatalf("before discovery: got %v, want Unavailable", err)
	}
	p.Start(t)
	awaitFound(t, call, p.Token(t, nil))
	p.Rotate(t)
	if _, err := call("Bearer " + p.Token(t, nil)); err != nil {
		t.Errorf("after a rotation: got %v", err)
	}
	type claims = map[string]any
	for name, refused := range map[string]struct {
		credential string
		code       codes.Code
		text       string
	}{
		"expired":      {"Bearer " + p.Token(t, claims{"exp": time.Now().Add(-time.Hour).Unix()}), codes.Unauthenticated, "expired at"},
		"audience":     {"Bearer " + p.Token(t, claims{"aud": "other"}), codes.Unauthenticated, "audience continuo"},
		"no tenant":    {"Bearer " + p.Token(t, claims{"tenant": ""}), codes.Unauthenticated, "claim tenant"},
		"two tenants":  {"Bearer " + p.Token(t, claims{"tenant": []string{"a", "b"}}), codes.Unauthenticated, "claim tenant"},
		"NUL":          {"Bearer " + p.Token(t, claims{"sub": "a\x00b"}), codes.Unauthenticated, "claim sub"},
		"long":         {"Bearer " + p.Token(t, claims{"sub": strings.Repeat("a", 256)}), codes.Unauthenticated, "at most 255"},
		"issuer":       {"Bearer " + p.Token(t, claims{"iss": "http://other"}), codes.Unauthenticated, "not accepted"},
		"stranger":     {"Bearer " + oidctest.New(t).Token(t, claims{"iss": p.Issuer()}), codes.Unauthenticated, "not accepted"},
		"unsigned":     {"Bearer " + unsigned(p.Token(t, nil)), codes.Unauthenticated, "not accepted"},
		"other scopes": {"Bearer " + p.Token(t, claims{"scope": []string{"read"}}), codes.PermissionDenied, "write"},
		"no scopes":    {"Bearer " + p.Token(t, claims{"scope": "openid read,write"}), codes.PermissionDenied, "write"},
		"basic":        {"Basic YTpi", codes.Unauthenticated, "bearer token"},
		"none":         {"", codes.Unauthenticated, "no credential"},
	} {
		if _, err := call(refused.credential); status.Code(err) != refused.code || !strings.Contains(err.Error(), refused.text) {
			t.Errorf("%s: got %v, want %v with %q", name, err, refused.code, refused.text)
		}
	}
}

// unsigned returns the claims of a token without a signature.
func unsigned(token string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(token, ".")[1] + "."
}

func TestUnknownKeysCauseFewFetches(t *testing.T) {
	p := oidctest.New(t)
	call := start(t, p)
	p.Start(t)
	good := p.Token(t, nil)
	awaitFound(t, call, good)
	forged := oidctest.New(t).Token(t, map[string]any{"iss": p.Issuer()})
	for range 50 {
		if _, err := call("Bearer " + forged); status.Code(err) != codes.Unauthenticated {
			t.Fatalf("got %v, want Unauthenticated", err)
		}
	}
	if fetched := p.Fetches.Load(); fetched < 2 || fetched > 5 {
		t.Errorf("50 tokens of an unknown key caused %d fetches", fetched)
	}
	if _, err := call("Bearer " + good); err != nil {
		t.Errorf("a good token meanwhile: got %v", err)
	}
}

func TestUnavailableWhileKeysCannotBeFetched(t *testing.T) {
	p := oidctest.New(t)
	call := start(t, p)
	p.Start(t)
	good := p.Token(t, nil)
	awaitFound(t, call, good)
	p.Broken.Store(true)
	p.Rotate(t)
	for range 5 { // also beyond the limit of fetches
		if _, err := call("Bearer " + p.Token(t, nil)); status.Code(err) != codes.Unavailable {
			t.Errorf("a token of a new key: got %v, want Unavailable", err)
		}
	}
	if _, err := call("Bearer " + good); err != nil {
		t.Errorf("a token of a known key: got %v", err)
	}
}
