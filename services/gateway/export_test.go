package gateway

import "net/http"

// Handler answers the API's requests, without a server in front.
func (g *Gateway) Handler() http.Handler { return g.handler }
