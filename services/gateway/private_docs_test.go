package gateway

import (
	"net/http"
	"testing"
)

func TestPrivateDocsNeedACredential(t *testing.T) {
	config := configFor(startBackend(t))
	config.Authenticator, config.PrivateDocs = byToken{}, true
	server := startGatewayWith(t, config, everyRoute)
	for _, path := range []string{docsPath, docsPath + "page.mjs", openAPIPath, "/protos.zip", "/protos.binpb"} {
		asked := request{"GET", path, "", ""}
		for _, credential := range []string{"", "Bearer wrong"} {
			got := asked.send(t, server.URL, "Authorization", credential)
			if got.status != http.StatusUnauthorized || len(got.header.Values("WWW-Authenticate")) != 2 || got.contentType != "application/json" {
				t.Errorf("%s with %q: got %d %s %q", path, credential, got.status, got.contentType, got.header)
			}
		}
		if got := asked.send(t, server.URL, "Authorization", "Bearer acme"); got.status != http.StatusOK {
			t.Errorf("%s with a credential: got %d", path, got.status)
		}
	}
	for _, path := range []string{"/", "/healthz", "/readyz"} {
		if got := (request{"GET", path, "", ""}).send(t, server.URL); got.status != http.StatusOK {
			t.Errorf("%s: got %d", path, got.status)
		}
	}
}
