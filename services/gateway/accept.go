package gateway

import (
	"net"
	"net/http"
)

// maxStreamBuffer is how many bytes of a body HTTP/2 receives ahead of what is read, which no budget
// counts.
const maxStreamBuffer = 64 << 10

// accept serves the connections of a listener until the server is shut down. A connection counts before
// its TLS handshake, which has to end within ReadHeaderTimeout.
func (g *Gateway) accept(server *http.Server, listener net.Listener) error {
	within := g.config.control.Listener(listener)
	if g.config.Certificates == nil {
		return server.Serve(within) //nolint:wrapcheck // the caller wraps it
	}
	server.TLSConfig = g.config.Certificates.HTTPS()
	server.HTTP2 = &http.HTTP2Config{MaxReceiveBufferPerStream: maxStreamBuffer}
	return server.ServeTLS(within, "", "") //nolint:wrapcheck // the caller wraps it
}
