package gateway

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestRefusedCredentialsAreLoggedOnceAMinute checks that a refused credential leaves a warning with its
// source, and that neither a call without one does, nor one whose credential the service checks.
func TestRefusedCredentialsAreLoggedOnceAMinute(t *testing.T) {
	var lines bytes.Buffer
	config := configFor(startBackend(t))
	config.Authenticator, config.PrivateDocs, config.Logger = byToken{}, true, slog.New(slog.NewTextHandler(&lines, nil))
	gateway, err := New(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, credential, body string) {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.RemoteAddr = "127.0.0.1:5"
		r.Header.Set("X-Forwarded-For", "198.51.100.7")
		r.Header.Set("Content-Type", "application/json")
		if credential != "" {
			r.Header.Set("Authorization", credential)
		}
		gateway.Handler().ServeHTTP(httptest.NewRecorder(), r)
	}
	const message = `level=WARN msg="authentication failed" reason=CREDENTIAL_INVALID source=198.51.100.7`
	send(crmcomPost.method, crmcomPost.path, "Basic YTpi", crmcomPost.body)
	if strings.Contains(lines.String(), message) {
		t.Errorf("got %s", lines.String())
	}
	for _, path := range []string{itemGet.path, docsPath, itemGet.path} {
		send(http.MethodGet, path, "Bearer wrong", "")
	}
	if strings.Count(lines.String(), message) != 1 {
		t.Errorf("got %s", lines.String())
	}
}
