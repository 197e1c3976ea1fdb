package gateway

import (
	"context"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func TestDialBalancesCallsAndSkipsDownReplicas(t *testing.T) {
	calls, servers, addresses := [2]int{}, [2]*grpc.Server{}, [2]string{}
	for i := range servers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses[i] = listener.Addr().String()
		servers[i] = grpc.NewServer(grpc.UnaryInterceptor(func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			calls[i]++
			return handler(ctx, request)
		}))
		healthpb.RegisterHealthServer(servers[i], health.NewServer())
		go func() {
			if err := servers[i].Serve(listener); err != nil {
				t.Error(err)
			}
		}()
		t.Cleanup(servers[i].Stop)
	}
	connection, err := Dial(addresses[0]+", "+addresses[1], insecure.NewCredentials())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
	})
	call := func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, err := healthpb.NewHealthClient(connection).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true))
		return err
	}
	// Calls start when one replica is connected, so wait until both take part.
	for deadline := time.Now().Add(5 * time.Second); (calls[0] == 0 || calls[1] == 0) && time.Now().Before(deadline); {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	if calls[0] == 0 || calls[1] == 0 {
		t.Fatalf("got calls per replica %v", calls)
	}
	servers[0].Stop()
	failed := 0
	for range 20 {
		if call() != nil {
			failed++
		}
	}
	if failed > 1 { // at most the one that was under way to the replica that stopped
		t.Errorf("%d of 20 calls failed with one replica left", failed)
	}
}
