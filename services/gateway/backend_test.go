package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"strings"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// call is a call that reached a service.
type call struct {
	method   string
	metadata metadata.MD
	request  proto.Message
}

// recordingBackend is an in-memory gRPC server for all services of the protos. It records requests
// and returns a fixed response, by default an empty message.
type recordingBackend struct {
	connection *grpc.ClientConn
	health     *health.Server

	mu     sync.Mutex
	calls  []call
	answer func(call) (proto.Message, error)
}

// startBackend starts a backend that serves until the test ends.
func startBackend(t testing.TB) *recordingBackend {
	t.Helper()
	backend := &recordingBackend{health: health.NewServer()}
	listener := bufconn.Listen(1 << 20)
	server := backend.serve(listener)
	connection, err := grpc.NewClient("passthrough:backend",
		append(DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))...)
	if err != nil {
		t.Fatal(err)
	}
	backend.connection = connection
	t.Cleanup(func() {
		_ = connection.Close()
		server.Stop()
	})
	return backend
}

// serve starts a gRPC server for the backend on a listener.
func (b *recordingBackend) serve(listener net.Listener, options ...grpc.ServerOption) *grpc.Server {
	server := grpc.NewServer(append(options, grpc.UnknownServiceHandler(b.handle))...)
	healthpb.RegisterHealthServer(server, b.health)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	return server
}

func (b *recordingBackend) handle(_ any, stream grpc.ServerStream) error {
	fullMethod, _ := grpc.MethodFromServerStream(stream)
	name := strings.ReplaceAll(strings.TrimPrefix(fullMethod, "/"), "/", ".")
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return status.Error(codes.Unimplemented, err.Error())
	}
	method := found.(protoreflect.MethodDescriptor)
	request, answer := newMessage(method.Input()), newMessage(method.Output())
	if err := stream.RecvMsg(request); err != nil {
		return err
	}
	incoming, _ := metadata.FromIncomingContext(stream.Context())
	received := call{fullMethod, incoming, request}
	b.mu.Lock()
	b.calls = append(b.calls, received)
	respond := b.answer
	b.mu.Unlock()
	if respond != nil {
		if answer, err = respond(received); err != nil {
			return err
		}
	}
	return stream.SendMsg(answer)
}

func newMessage(descriptor protoreflect.MessageDescriptor) proto.Message {
	messageType, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		panic(err)
	}
	return messageType.New().Interface()
}

// take returns the calls since the last take.
func (b *recordingBackend) take() []call {
	b.mu.Lock()
	defer b.mu.Unlock()
	calls := slices.Clone(b.calls)
	b.calls = nil
	return calls
}

// answers sets the response or the error of the backend.
func (b *recordingBackend) answers(answer proto.Message, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = func(call) (proto.Message, error) { return answer, err }
}

// startGateway starts a gateway with one backend for all services.
func startGateway(t testing.TB, backend *recordingBackend, offered func(*route.Route) bool) *httptest.Server {
	t.Helper()
	return startGatewayWith(t, Config{
		CustomerRecurrence: backend.connection, Subscription: backend.connection, RecurringBilling: backend.connection,
		Logger: slog.New(slog.DiscardHandler),
	}, offered)
}

func startGatewayWith(t testing.TB, config Config, offered func(*route.Route) bool) *httptest.Server {
	t.Helper()
	whole := wholeAPI(config)
	whole.offered = offered
	return startAPI(t, config, whole)
}

func startAPI(t testing.TB, config Config, offered api) *httptest.Server {
	t.Helper()
	gateway, err := assemble(t.Context(), config, offered)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gateway.Handler())
	t.Cleanup(server.Close)
	return server
}

func everyRoute(*route.Route) bool { return true }
