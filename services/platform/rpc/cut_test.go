package rpc_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/test/bufconn"
)

// TestCutMessagesAreLoggedAsTheCallersError ends calls within their message. The caller is answered INTERNAL, which grpc sends by itself before a handler
// learns of it; see receive. The log says whose error it is. If the answer is another one, grpc has got better, and the comment there can go.
func TestCutMessagesAreLoggedAsTheCallersError(t *testing.T) {
	var logs bytes.Buffer
	listener := bufconn.Listen(1 << 16)
	_, stop, served := start(t, listener, quiet(&logs, ready), echo)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return listener.DialContext(ctx) }}
	cut := map[string][]byte{"within the message": {0, 0, 0, 0, 9, 0x0a}, "within its head": {0, 0, 0}, "before it": {}}
	for name, body := range cut {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://test/test.Echo/Call", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = http.Header{"Content-Type": {"application/grpc"}, "Te": {"trailers"}, "Authorization": {"Bearer ann"}}
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, response.Body)
		if status := response.Trailer.Get("Grpc-Status"); err != nil || status != "13" {
			t.Errorf("%s: got %q, %v", name, status, err)
		}
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}
	transport.CloseIdleConnections()
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if refused := strings.Count(logs.String(), "code=InvalidArgument"); refused != len(cut) || strings.Contains(logs.String(), "level=ERROR") {
		t.Errorf("got %d refusals in\n%s", refused, &logs)
	}
}
