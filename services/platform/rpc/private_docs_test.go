package rpc_test

import (
	"context"
	"log/slog"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/continuo-billing/continuo/services/platform/rpc"
)

func TestPrivateDocsCloseReflection(t *testing.T) {
	server := rpc.New(rpc.Config{
		Logger: slog.New(slog.DiscardHandler), Authenticator: onlyAnn{}, Ready: ready, PrivateDocs: true, Register: func(grpc.ServiceRegistrar) {},
	})
	listener := bufconn.Listen(1 << 16)
	go func() { _ = server.Serve(t.Context(), listener) }() // ends with the test
	connection, err := grpc.NewClient("passthrough:test", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	for credential, want := range map[string]codes.Code{"": codes.Unauthenticated, "Bearer bob": codes.Unauthenticated, "Bearer reader": codes.OK} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", credential)
		stream, err := reflectionpb.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
		if err != nil {
			t.Fatal(err)
		}
		_ = stream.Send(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}}) // Recv says why
		if _, err := stream.Recv(); status.Code(err) != want {
			t.Errorf("%q: got %v, want %v", credential, err, want)
		}
	}
	if _, err := healthpb.NewHealthClient(connection).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil {
		t.Errorf("health: got %v", err)
	}
}
