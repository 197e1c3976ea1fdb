package rpc_test

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/certificates/certificatestest"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// TestConnectionsAreEncryptedAndCountBeforeTheirHandshake serves a listener with room for one connection.
func TestConnectionsAreEncryptedAndCountBeforeTheirHandshake(t *testing.T) {
	authority := certificatestest.New(t)
	certificate, key := authority.Issue(t, t.TempDir(), "localhost")
	set, err := certificates.Open(certificates.Files{Certificate: certificate, Key: key, CA: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	server := rpc.New(rpc.Config{
		Logger: slog.New(slog.DiscardHandler), Authenticator: onlyAnn{}, Ready: ready, Certificates: set, Register: func(grpc.ServiceRegistrar) {},
		Admission: admission.Settings{Limits: admission.Limits{ConnectionsPerSource: 1}, Proxies: source.Proxies{netip.MustParsePrefix("192.0.2.0/24")}},
	})
	network, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, network) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	address := network.Addr().String()
	check := func(transport credentials.TransportCredentials) codes.Code {
		connection, err := grpc.NewClient("passthrough:"+address, grpc.WithTransportCredentials(transport))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err = healthpb.NewHealthClient(connection).Check(ctx, &healthpb.HealthCheckRequest{})
		if err := connection.Close(); err != nil {
			t.Error(err)
		}
		return status.Code(err)
	}
	silent, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	if got := check(set.Client()); got != codes.Unavailable {
		t.Errorf("a connection beyond one that has not begun its handshake: got %s", got)
	}
	if err := silent.Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); check(set.Client()) != codes.OK; {
		if time.Now().After(deadline) {
			t.Fatal("the closed connection made no room")
		}
	}
	if got := check(insecure.NewCredentials()); got != codes.Unavailable {
		t.Errorf("without TLS: got %s", got)
	}
}
