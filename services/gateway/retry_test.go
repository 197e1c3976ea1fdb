package gateway

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
)

// replica is a service that fails on demand and counts calls.
type replica struct {
	address string
	calls   atomic.Int64
	fail    func(call int64) error
	health  *health.Server
}

func startReplica(t *testing.T, fail func(call int64) error) *replica {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &replica{address: listener.Addr().String(), fail: fail, health: health.NewServer()}
	server := grpc.NewServer(grpc.UnaryInterceptor(func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
		if err := r.fail(r.calls.Add(1)); err != nil {
			return nil, err
		}
		return &recurringbillingv1.Item{}, nil
	}))
	recurringbillingv1.RegisterItemServiceServer(server, recurringbillingv1.UnimplementedItemServiceServer{})
	healthpb.RegisterHealthServer(server, r.health)
	go func() {
		if err := server.Serve(listener); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(server.Stop)
	return r
}

// dialed returns a client of replicas.
func dialed(t *testing.T, addresses string) recurringbillingv1.ItemServiceClient {
	t.Helper()
	connection, err := Dial(addresses, insecure.NewCredentials())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
	})
	return recurringbillingv1.NewItemServiceClient(connection)
}

func unavailable(because reason.Reason) error {
	refused := status.New(codes.Unavailable, "not now")
	if because != "" {
		refused, _ = refused.WithDetails(&errdetails.ErrorInfo{Reason: string(because)})
	}
	return refused.Err()
}

func TestOnlyCallsThatDoNothingTwiceAreSentAgain(t *testing.T) {
	create := func(ctx context.Context, client recurringbillingv1.ItemServiceClient) error {
		_, err := client.CreateItem(ctx, &recurringbillingv1.CreateItemRequest{})
		return err
	}
	createWithRequestID := func(ctx context.Context, client recurringbillingv1.ItemServiceClient) error {
		_, err := client.CreateItem(ctx, &recurringbillingv1.CreateItemRequest{RequestId: "a"})
		return err
	}
	createWithKey := func(ctx context.Context, client recurringbillingv1.ItemServiceClient) error {
		return create(metadata.AppendToOutgoingContext(ctx, idempotencyKey, "a"), client)
	}
	read := func(ctx context.Context, client recurringbillingv1.ItemServiceClient) error {
		_, err := client.GetItem(ctx, &recurringbillingv1.GetItemRequest{})
		return err
	}
	for name, test := range map[string]struct {
		call func(context.Context, recurringbillingv1.ItemServiceClient) error
		fail error
		want bool
	}{
		"a change on another schema":     {create, unavailable(reason.SchemaVersion), true},
		"a change on a lost connection":  {create, unavailable(""), false},
		"with a request id":              {createWithRequestID, unavailable(""), true},
		"with an idempotency key":        {createWithKey, unavailable(""), true},
		"a read on a lost connection":    {read, unavailable(""), true},
		"a read while the store is away": {read, unavailable(reason.StoreUnavailable), false},
		"an uncertain commit":            {createWithKey, unavailable(reason.CommitUncertain), false},
		"another error":                  {read, status.Error(codes.NotFound, "no such item"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startReplica(t, func(call int64) error {
				if call == 1 {
					return test.fail
				}
				return nil
			})
			err := test.call(t.Context(), dialed(t, r.address))
			if again := r.calls.Load() == 2; again != test.want || again != (err == nil) {
				t.Errorf("got %d calls and error %v, want a second call: %v", r.calls.Load(), err, test.want)
			}
		})
	}
}

func TestCallsSkipReplicasThatCannotServe(t *testing.T) {
	fine := func(int64) error { return nil }
	one, two := startReplica(t, fine), startReplica(t, func(int64) error { return unavailable(reason.SchemaVersion) })
	two.health.SetServingStatus("", healthpb.HealthCheckResponse_NOT_SERVING)
	client := dialed(t, one.address+","+two.address)
	call := func() {
		t.Helper()
		if _, err := client.CreateItem(t.Context(), &recurringbillingv1.CreateItemRequest{}, grpc.WaitForReady(true)); err != nil {
			t.Fatal(err)
		}
	}
	for range 20 {
		call()
	}
	if two.calls.Load() > 0 {
		t.Errorf("the replica that cannot serve got %d calls", two.calls.Load())
	}
	two.health.SetServingStatus("", healthpb.HealthCheckResponse_SERVING)
	for deadline := time.Now().Add(5 * time.Second); two.calls.Load() == 0 && time.Now().Before(deadline); {
		call() // on a refusal, it is sent again to the other
	}
	if two.calls.Load() == 0 {
		t.Error("the replica that says that it serves got no calls")
	}
}
