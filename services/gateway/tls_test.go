package gateway

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/certificates/certificatestest"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// openCertificates issues a certificate that the same authority's others trust, into a folder of its own.
func openCertificates(t *testing.T, authority *certificatestest.Authority) (set *certificates.Set, folder string) {
	t.Helper()
	folder = t.TempDir()
	certificate, key := authority.Issue(t, folder, "localhost")
	set, err := certificates.Open(certificates.Files{Certificate: certificate, Key: key, CA: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	return set, folder
}

// httpsClient returns a client that trusts an authority, and has connections of its own.
func httpsClient(t *testing.T, authority *certificatestest.Authority, http2 bool) *http.Client {
	t.Helper()
	trusting, err := certificates.Open(certificates.Files{CA: authority.File})
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: trusting.ClientConfig(), ForceAttemptHTTP2: http2}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 10 * time.Second}
}

// get returns an answer whose body is read, and whether its connection was open before.
func get(t *testing.T, client *http.Client, url string) (answer *http.Response, reused bool, err error) {
	t.Helper()
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if answer, err = client.Do(r); err != nil {
		return nil, false, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return answer, reused, errors.Join(err, answer.Body.Close())
}

// startEncrypted starts two replicas of a service that ask for client certificates, and a gateway in
// front of them that serves HTTPS.
func startEncrypted(t *testing.T, authority *certificatestest.Authority) (origin string, served *certificates.Set, folder string) {
	t.Helper()
	backend := startBackend(t)
	services, _ := openCertificates(t, authority)
	var addresses []string
	for range 2 {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, listener.Addr().String())
		t.Cleanup(backend.serve(listener, grpc.Creds(services.Server())).Stop)
	}
	calling, _ := openCertificates(t, authority)
	connection, err := Dial(strings.Join(addresses, ","), calling.Client())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	config := configFor(backend)
	config.CustomerRecurrence, config.Subscription, config.RecurringBilling = connection, connection, connection
	config.Certificates, folder = openCertificates(t, authority)
	origin, _ = serve(t, config)
	return strings.Replace(origin, "http:", "https:", 1), config.Certificates, folder
}

func TestCallsAreEncryptedFromEndToEnd(t *testing.T) {
	authority := certificatestest.New(t)
	origin, _, _ := startEncrypted(t, authority)
	for http2, want := range map[bool]int{true: 2, false: 1} {
		client := httpsClient(t, authority, http2)
		for _, path := range []string{"/readyz", itemGet.path} {
			answer, _, err := get(t, client, origin+path)
			if err != nil || answer.StatusCode != http.StatusOK || answer.ProtoMajor != want {
				t.Errorf("HTTP/%d %s: got %v, error %v", want, path, answer, err)
			}
		}
	}
	outdated := httpsClient(t, authority, false)
	outdated.Transport.(*http.Transport).TLSClientConfig.MinVersion = tls.VersionTLS10
	outdated.Transport.(*http.Transport).TLSClientConfig.MaxVersion = tls.VersionTLS11
	if _, _, err := get(t, outdated, origin+"/healthz"); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: got %v", err)
	}
}

// TestNewCertificateServesNewConnections rotates the certificate of a gateway that serves.
func TestNewCertificateServesNewConnections(t *testing.T) {
	authority := certificatestest.New(t)
	origin, served, folder := startEncrypted(t, authority)
	for _, http2 := range []bool{true, false} {
		open := httpsClient(t, authority, http2)
		before, _, err := get(t, open, origin+itemGet.path)
		if err != nil {
			t.Fatal(err)
		}
		authority.Issue(t, folder, "localhost")
		if err := served.Reload(); err != nil {
			t.Fatal(err)
		}
		if answer, reused, err := get(t, open, origin+itemGet.path); err != nil || answer.StatusCode != http.StatusOK || !reused {
			t.Errorf("HTTP/2 %v, the open connection: got %v, reused %v, error %v", http2, answer, reused, err)
		}
		after, _, err := get(t, httpsClient(t, authority, http2), origin+itemGet.path)
		if err != nil || after.TLS.PeerCertificates[0].Equal(before.TLS.PeerCertificates[0]) {
			t.Errorf("HTTP/2 %v, a new connection: got the old certificate, or error %v", http2, err)
		}
	}
}

// TestSilentConnectionsCountAndEnd opens a connection that never begins its handshake.
func TestSilentConnectionsCountAndEnd(t *testing.T) {
	authority := certificatestest.New(t)
	config := configFor(startBackend(t))
	config.Certificates, _ = openCertificates(t, authority)
	config.BodyTimeout = time.Second
	config.Admission.Limits = admission.Limits{ConnectionsPerSource: 1}
	config.Admission.Proxies = source.Proxies{netip.MustParsePrefix("192.0.2.0/24")}
	origin, _ := serve(t, config)
	url := strings.Replace(origin, "http:", "https:", 1) + "/healthz"
	silent := raw(t, origin, "")
	if _, _, err := get(t, httpsClient(t, authority, true), url); err == nil {
		t.Error("a connection in its handshake does not count")
	}
	if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the silent connection: got %v, want its end", err)
	}
	if answer, _, err := get(t, httpsClient(t, authority, true), url); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("afterwards: got %v, error %v", answer, err)
	}
}

// TestRefusedBodyEndsItsRequestAlone checks that a body beyond the budget ends a connection of HTTP/1.1,
// but not one of HTTP/2, which others use too.
func TestRefusedBodyEndsItsRequestAlone(t *testing.T) {
	authority := certificatestest.New(t)
	config := configFor(startBackend(t))
	config.Certificates, _ = openCertificates(t, authority)
	config.Admission.Limits = admission.Limits{BodyBytes: 8}
	origin, _ := serve(t, config)
	origin = strings.Replace(origin, "http:", "https:", 1)
	for _, http2 := range []bool{true, false} {
		client := httpsClient(t, authority, http2)
		r, err := http.NewRequestWithContext(t.Context(), sedonaPut.method, origin+sedonaPut.path, strings.NewReader(sedonaPut.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", sedonaPut.contentType)
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("HTTP/2 %v: got %s, error %v", http2, answer.Status, err)
		}
		_ = answer.Body.Close() // read to its end
		if _, reused, err := get(t, client, origin+"/healthz"); err != nil || reused != http2 {
			t.Errorf("HTTP/2 %v: the connection was used again: %v, error %v", http2, reused, err)
		}
	}
}
