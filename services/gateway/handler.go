package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/continuo-billing/continuo/services/gateway/internal/etag"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// handler is the entry point of all requests. It assigns a request id, writes the access log, and
// passes requests through the middlewares to a page or a site.
type handler struct {
	logger  *slog.Logger
	refused *telemetry.Tally
	proxies source.Proxies
	pages   pages
	front   *front
	// next is the first of the middlewares.
	next http.Handler
}

// requestState collects what is known about a request while it is processed. It is the context of the request.
type requestState struct {
	context.Context

	// asked is the original request, and answer its response.
	asked  *http.Request
	answer recorder
	// page is the page that answers, or nil. Otherwise the site answers, and renders failures.
	page http.Handler
	site *site
	// parts are the segments of a vendor's path, for which there is room here, and node is where they end; nil
	// for no vendor's path.
	parts []string
	room  [8]string
	node  *node
	// requestID is the value of the header of the answer.
	requestID [1]string
	// source is the address that the request comes from, and principal the caller once it is known.
	source    netip.Addr
	principal auth.Principal
	// operation is nil if the request matches none.
	operation *route.Route
	// pattern identifies the operation or page in the log, and reason a failure.
	pattern, reason string
	// required is the etag that the resource must have, by If-Match; "" for any. unless are the
	// etags of If-None-Match.
	required string
	unless   etag.Tags
}

var noSniffing = []string{"nosniff"}

type stateKey struct{}

func stateOf(ctx context.Context) *requestState {
	return ctx.Value(stateKey{}).(*requestState) //nolint:forcetypeassert // set by ServeHTTP
}

// Value returns the state itself, or a value of the context below.
func (v *requestState) Value(key any) any {
	if _, ok := key.(stateKey); ok {
		return v
	}
	return v.Context.Value(key)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	load.Begin()
	defer load.End()
	v := &requestState{
		Context: telemetry.WithRequestID(r.Context(), first(r.Header, telemetry.RequestIDHeader)),
		asked:   r, site: h.front.unclaimed, answer: recorder{ResponseWriter: w, status: http.StatusOK},
	}
	v.source = sourceOf(r, h.proxies)
	header := w.Header()
	v.requestID[0] = telemetry.RequestID(v)
	header[telemetry.RequestIDHeader] = v.requestID[:]
	header["X-Content-Type-Options"] = noSniffing
	defer func() { v.observe(time.Since(started)) }() // also of a request that is aborted
	h.next.ServeHTTP(&v.answer, r.WithContext(v))
	h.log(v, time.Since(started))
}
