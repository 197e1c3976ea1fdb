package rpc_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// onlyAnn accepts the bearer token "ann", and "reader", which has the scope read alone.
type onlyAnn struct{}

func (onlyAnn) Authenticate(_ context.Context, authorization string) (auth.Principal, error) {
	if authorization == "Bearer reader" {
		return auth.Principal{Tenant: "a", Actor: "ann", Scopes: "read,other:write"}, nil
	}
	if authorization != "Bearer ann" {
		return auth.Principal{}, fault.New(fault.Unauthenticated, "CREDENTIAL_INVALID", "the credential is not accepted")
	}
	return auth.Principal{Tenant: "a", Actor: "ann", Scopes: auth.AllScopes}, nil
}

// serve starts a server with one method, /test.Echo/Call, and connects to it over HTTP/2.
func serve(t testing.TB, logs *bytes.Buffer, ready func(context.Context) error, call func(context.Context, string) (string, error), options ...grpc.DialOption) (*grpc.ClientConn, context.CancelFunc, <-chan error) {
	t.Helper()
	return serveWith(t, quiet(logs, ready), call, options...)
}

func quiet(logs *bytes.Buffer, ready func(context.Context) error) rpc.Config {
	return rpc.Config{
		Logger: slog.New(slog.NewTextHandler(logs, &slog.HandlerOptions{Level: slog.LevelDebug})), Authenticator: onlyAnn{}, Ready: ready,
	}
}

// serveWith is like serve with settings.
func serveWith(t testing.TB, config rpc.Config, call func(context.Context, string) (string, error), options ...grpc.DialOption) (*grpc.ClientConn, context.CancelFunc, <-chan error) {
	t.Helper()
	listener := bufconn.Listen(1 << 16)
	_, stop, served := start(t, listener, config, call)
	connection, err := grpc.NewClient("passthrough:test", append(options, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
	})
	return connection, stop, served
}

// start starts a server with the method on a listener.
func start(t testing.TB, listener net.Listener, config rpc.Config, call func(context.Context, string) (string, error)) (*rpc.Server, context.CancelFunc, <-chan error) {
	t.Helper()
	handler := func(_ any, ctx context.Context, decode func(any) error, interceptor grpc.UnaryServerInterceptor) (any, error) {
		var request wrapperspb.StringValue
		if err := decode(&request); err != nil {
			return nil, err
		}
		return interceptor(ctx, &request, &grpc.UnaryServerInfo{FullMethod: "/test.Echo/Call"}, func(ctx context.Context, request any) (any, error) {
			answer, err := call(ctx, request.(*wrapperspb.StringValue).Value)
			return wrapperspb.String(answer), err
		})
	}
	config.Register = func(r grpc.ServiceRegistrar) {
		r.RegisterService(&grpc.ServiceDesc{ServiceName: "test.Echo", HandlerType: (*any)(nil),
			Methods: []grpc.MethodDesc{{MethodName: "Call", Handler: handler}}}, struct{}{})
	}
	server := rpc.New(config)
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	return server, cancel, served
}

// transports are the ways to call a server.
var transports = map[string]func(*testing.T, *bytes.Buffer, func(context.Context) error, func(context.Context, string) (string, error)) (grpc.ClientConnInterface, context.CancelFunc, <-chan error){
	"HTTP2": func(t *testing.T, logs *bytes.Buffer, ready func(context.Context) error, call func(context.Context, string) (string, error)) (grpc.ClientConnInterface, context.CancelFunc, <-chan error) {
		return serve(t, logs, ready, call)
	},
	"InProcess": func(t *testing.T, logs *bytes.Buffer, ready func(context.Context) error, call func(context.Context, string) (string, error)) (grpc.ClientConnInterface, context.CancelFunc, <-chan error) {
		server, stop, served := start(t, bufconn.Listen(1<<10), quiet(logs, ready), call)
		t.Cleanup(stop)
		return server.InProcess(), stop, served
	},
}

func ready(context.Context) error { return nil }

func TestFaultsBecomeStatuses(t *testing.T) {
	for transport, serve := range transports {
		t.Run(transport, func(t *testing.T) {
			var logs bytes.Buffer
			connection, _, _ := serve(t, &logs, ready, func(ctx context.Context, ask string) (string, error) {
				switch ask {
				case "fields":
					return "", fault.Fields([]fault.Violation{{Field: "a.b", Reason: "TOO_LONG", Description: "is too long"}, {Field: "c", Description: "is missing"}})
				case "secret":
					return "", errors.New("password hush is wrong")
				case "hidden":
					return "", fault.Wrap(errors.New("at 10.0.0.1"), fault.NotFound, "LINE_NOT_FOUND", "there is no line 7")
				case "panic":
					panic("boom")
				}
				principal, err := auth.From(ctx)
				return principal.Actor, err
			})
			for _, c := range []struct {
				ask    string
				code   codes.Code
				reason string
				text   string
				fields int
			}{
				{"fields", codes.InvalidArgument, "TOO_LONG", "is too long", 2},
				{"secret", codes.Internal, "INTERNAL_ERROR", "internal error", 0},
				{"hidden", codes.NotFound, "LINE_NOT_FOUND", "there is no line 7", 0},
				{"panic", codes.Internal, "INTERNAL_ERROR", "internal error", 0},
				{"who", codes.OK, "", "", 0},
				{"nul\x00", codes.InvalidArgument, "INVALID_TEXT", "U+0000", 1},
			} {
				var answer wrapperspb.StringValue
				ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer ann")
				err := connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String(c.ask), &answer)
				got := status.Convert(err)
				if got.Code() != c.code || !strings.Contains(got.Message(), c.text) || strings.Contains(got.Message(), "hush") || strings.Contains(got.Message(), "10.0.0.1") {
					t.Errorf("%s: got status %v", c.ask, got)
				}
				reason, fields := "", 0
				for _, detail := range got.Details() {
					switch d := detail.(type) {
					case *errdetails.ErrorInfo:
						reason = d.GetReason()
					case *errdetails.BadRequest:
						fields = len(d.GetFieldViolations())
					}
				}
				if reason != c.reason || fields != c.fields {
					t.Errorf("%s: got reason %q and %d fields, want %q and %d", c.ask, reason, fields, c.reason, c.fields)
				}
				if c.ask == "who" && answer.GetValue() != "ann" {
					t.Errorf("got caller %q", answer.GetValue())
				}
			}
		})
	}
}

func TestMissingCredentialIsRejectedAndSecretsAreNotLogged(t *testing.T) {
	for transport, serve := range transports {
		t.Run(transport, func(t *testing.T) {
			var logs bytes.Buffer
			connection, _, _ := serve(t, &logs, ready, func(context.Context, string) (string, error) { return "", nil })
			ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer mallory-secret", "x-request-id", "r-1")
			err := connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String("body-secret"), &wrapperspb.StringValue{})
			if status.Code(err) != codes.Unauthenticated {
				t.Errorf("wrong credential: got %v", err)
			}
			if strings.Contains(logs.String(), "secret") || !strings.Contains(logs.String(), "/test.Echo/Call") ||
				!strings.Contains(logs.String(), `level=WARN msg="authentication failed" reason=CREDENTIAL_INVALID`) {
				t.Errorf("log: %s", logs.String())
			}
		})
	}
}

func TestCallWithoutItsScopeIsRejected(t *testing.T) {
	for transport, serve := range transports {
		t.Run(transport, func(t *testing.T) {
			var logs bytes.Buffer
			connection, _, _ := serve(t, &logs, ready, func(context.Context, string) (string, error) { return "reached", nil })
			ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer reader")
			err := connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String("x"), &wrapperspb.StringValue{})
			if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "the scope write") {
				t.Errorf("got %v, want PermissionDenied that names the scope", err)
			}
		})
	}
}

func TestHealthReportsCurrentState(t *testing.T) {
	for transport, serve := range transports {
		t.Run(transport, func(t *testing.T) {
			var broken atomic.Bool
			connection, _, _ := serve(t, &bytes.Buffer{}, func(context.Context) error {
				if broken.Load() {
					return errors.New("store is gone")
				}
				return nil
			}, nil)
			client := healthpb.NewHealthClient(connection)
			for _, broke := range []bool{false, true, false} {
				broken.Store(broke)
				want := healthpb.HealthCheckResponse_SERVING
				if broke {
					want = healthpb.HealthCheckResponse_NOT_SERVING
				}
				for _, service := range []string{"", "test.Echo"} {
					answer, err := client.Check(context.Background(), &healthpb.HealthCheckRequest{Service: service})
					if err != nil || answer.GetStatus() != want {
						t.Errorf("broken %v: health of %q: got %v, %v", broke, service, answer.GetStatus(), err)
					}
				}
			}
			if _, err := client.Check(context.Background(), &healthpb.HealthCheckRequest{Service: "no.Such"}); status.Code(err) != codes.NotFound {
				t.Errorf("an unknown service: %v", err)
			}
		})
	}
}

func TestServeDrainsCallsAndEndsStreams(t *testing.T) {
	for transport, serve := range transports {
		t.Run(transport, func(t *testing.T) {
			entered, release := make(chan struct{}), make(chan struct{})
			connection, stop, served := serve(t, &bytes.Buffer{}, ready, func(context.Context, string) (string, error) {
				close(entered)
				<-release
				return "done", nil
			})
			watch, err := healthpb.NewHealthClient(connection).Watch(context.Background(), &healthpb.HealthCheckRequest{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := watch.Recv(); err != nil {
				t.Fatal(err)
			}
			answered := make(chan error, 1)
			go func() {
				ctx := metadata.AppendToOutgoingContext(context.Background(), "authorization", "Bearer ann")
				answered <- connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String(""), &wrapperspb.StringValue{})
			}()
			<-entered
			stop()
			if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
				t.Errorf("stream: got %v, want Unavailable", err)
			}
			close(release)
			if err := <-answered; err != nil {
				t.Errorf("running call: got %v, want success", err)
			}
			select {
			case err := <-served:
				if err != nil {
					t.Errorf("Serve: got %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Error("the server did not stop")
			}
		})
	}
}
