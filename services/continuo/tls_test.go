package continuo_test

import (
	"context"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/certificates/certificatestest"
)

// TestOneProcessServesOverTLS checks that all listeners of the embedded program use TLS, that its gateway
// reaches its services nevertheless, and that the operator's commands reach them with a certificate.
func TestOneProcessServesOverTLS(t *testing.T) {
	t.Parallel()
	authority := certificatestest.New(t)
	certificate, key := authority.Issue(t, t.TempDir(), "continuo.example.com")
	callers, callersKey := authority.Issue(t, t.TempDir(), "operator")
	in := prepare(t, forms[0], "CONTINUO_TLS_CERT_FILE="+certificate, "CONTINUO_TLS_KEY_FILE="+key, "CONTINUO_TLS_CLIENT_CA_FILE="+authority.File,
		"CONTINUO_TLS_CA_FILE="+authority.File, "CONTINUO_TLS_CLIENT_CERT_FILE="+callers, "CONTINUO_TLS_CLIENT_KEY_FILE="+callersKey)
	trusting, err := certificates.Open(certificates.Files{CA: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	in.http = strings.Replace(in.http, "http:", "https:", 1)
	in.client = &http.Client{Transport: &http.Transport{TLSClientConfig: trusting.ClientConfig(), ForceAttemptHTTP2: true}}
	in.start(t)
	if code, _, answer := in.send(t, http.MethodGet, "/api/customerrecurring/1", nil, ""); code != http.StatusOK {
		t.Errorf("a call through the gateway: got %d %s", code, answer)
	}
	for _, args := range [][]string{{"health"}, {"health", in.http + "/readyz"}, {"export", filepath.Join(t.TempDir(), "export.ndjson")}} {
		in.operator(t, args...)
	}
	known, err := certificates.Open(certificates.Files{Certificate: callers, Key: callersKey, CA: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{in.customerRecurrence, in.subscription, in.recurringBilling} {
		for set, want := range map[*certificates.Set]codes.Code{trusting: codes.Unavailable, known: codes.OK} {
			if got := checkHealth(t, address, set); got != want {
				t.Errorf("%s with a certificate %v: got %s", address, set == known, got)
			}
		}
	}
}

// checkHealth asks a service whether it is up, on a connection of its own.
func checkHealth(t *testing.T, address string, set *certificates.Set) codes.Code {
	t.Helper()
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(set.Client()))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close() //nolint:errcheck // the test is over
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err = healthpb.NewHealthClient(connection).Check(ctx, &healthpb.HealthCheckRequest{})
	return status.Code(err)
}
