package certificates_test

import (
	"context"
	"crypto/x509"
	"net"
	"os"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/certificates/certificatestest"
)

// open issues a certificate into a folder of its own, and opens it with the authorities of the other side.
func open(t *testing.T, by, other *certificatestest.Authority) (set *certificates.Set, folder string) {
	t.Helper()
	folder = t.TempDir()
	certificate, key := by.Issue(t, folder, "localhost")
	set, err := certificates.Open(certificates.Files{Certificate: certificate, Key: key, CA: other.File})
	if err != nil {
		t.Fatal(err)
	}
	return set, folder
}

// serve starts a server with health checks.
func serve(t *testing.T, set *certificates.Set) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.Creds(set.Server()))
	healthpb.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	return listener.Addr().String()
}

// dial returns a health client on a connection of its own.
func dial(t *testing.T, address string, transport credentials.TransportCredentials) healthpb.HealthClient {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(transport))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return healthpb.NewHealthClient(connection)
}

// check makes a call and returns the certificate of the server.
func check(t *testing.T, client healthpb.HealthClient) (*x509.Certificate, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var server peer.Peer
	if _, err := client.Check(ctx, &healthpb.HealthCheckRequest{}, grpc.Peer(&server)); err != nil {
		return nil, err
	}
	return server.AuthInfo.(credentials.TLSInfo).State.PeerCertificates[0], nil
}

func TestCallersNeedACertificateOfTheAuthority(t *testing.T) {
	ours, theirs := certificatestest.New(t), certificatestest.New(t)
	served, _ := open(t, ours, ours)
	address := serve(t, served)
	trusting, err := certificates.Open(certificates.Files{CA: ours.File})
	if err != nil {
		t.Fatal(err)
	}
	known, _ := open(t, ours, ours)
	stranger, _ := open(t, theirs, ours)
	distrustful, _ := open(t, ours, theirs)
	for name, test := range map[string]struct {
		transport credentials.TransportCredentials
		want      codes.Code
	}{
		"a certificate of the authority":          {known.Client(), codes.OK},
		"a certificate of another authority":      {stranger.Client(), codes.Unavailable},
		"no certificate":                          {trusting.Client(), codes.Unavailable},
		"no TLS":                                  {insecure.NewCredentials(), codes.Unavailable},
		"a caller who trusts another authority":   {distrustful.Client(), codes.Unavailable},
		"a certificate of the authority, a clone": {known.Client().Clone(), codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := check(t, dial(t, address, test.transport)); status.Code(err) != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestRotationLeavesConnectionsOpen replaces the certificates and the authority of both sides while a
// stream is open.
func TestRotationLeavesConnectionsOpen(t *testing.T) {
	old, next := certificatestest.New(t), certificatestest.New(t)
	served, serverFolder := open(t, old, old)
	calling, clientFolder := open(t, old, old)
	address := serve(t, served)
	before := dial(t, address, calling.Client())
	stream, err := before.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	first, err := check(t, before)
	if err != nil {
		t.Fatal(err)
	}

	renewed, err := os.ReadFile(next.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old.File, renewed, 0o600); err != nil {
		t.Fatal(err)
	}
	next.Issue(t, serverFolder, "localhost")
	next.Issue(t, clientFolder, "localhost")
	late := calling.Client()
	for _, set := range []*certificates.Set{served, calling} {
		if err := set.Reload(); err != nil {
			t.Fatal(err)
		}
	}
	second, err := check(t, dial(t, address, late))
	if err != nil || second.Equal(first) {
		t.Errorf("a new connection: got certificate %v, error %v", second, err)
	}
	if again, err := check(t, before); err != nil || !again.Equal(first) {
		t.Errorf("the open connection: got certificate %v, error %v", again, err)
	}
}

func TestWrongFilesKeepWhatWasLoaded(t *testing.T) {
	authority := certificatestest.New(t)
	set, folder := open(t, authority, authority)
	address := serve(t, set)
	first, err := check(t, dial(t, address, set.Client()))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(set.Paths()[1])
	if err != nil {
		t.Fatal(err)
	}
	authority.Issue(t, folder, "localhost")
	if err := os.WriteFile(set.Paths()[1], key, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := set.Reload(); err == nil {
		t.Error("a certificate was loaded with the key of another")
	}
	if got, err := check(t, dial(t, address, set.Client())); err != nil || !got.Equal(first) {
		t.Errorf("after the wrong key: got %v, error %v", got, err)
	}
}
