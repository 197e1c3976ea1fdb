package gateway

import "net/http"

// Handler returns the HTTP handler of the gateway.
func (g *Gateway) Handler() http.Handler { return g.handler }
