package gateway

import (
	"context"
	"net/http"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// admit is the middleware of the mux of a native API, between routing and the generated handler.
func (s *site) admit(next runtime.HandlerFunc) runtime.HandlerFunc {
	var operation *route.Route
	var first sync.Once // as a handler has one method and pattern
	return func(w http.ResponseWriter, r *http.Request, values map[string]string) {
		first.Do(func() { operation = s.operationOf(r) })
		if isMethodProbe(r, operation) {
			return
		}
		if operation == nil {
			s.unrouted(r.Context(), s.mux, nil, w, r, http.StatusMethodNotAllowed)
			return
		}
		s.admitted(w, r, operation, func(ctx context.Context, sent *inbound) {
			if operation.RPC.IsStreamingServer() {
				w = &streamWriter{w, s.config.StallTimeout}
			}
			next(w, sent.forHandler(ctx, r), values)
		})
	}
}

// admitted checks, in the order of the framework, what can be checked of a request without its message,
// reads the body, and lets the operation begin.
func (s *site) admitted(w http.ResponseWriter, r *http.Request, operation *route.Route, begin func(context.Context, *inbound)) {
	v := stateOf(r.Context())
	v.operation, v.pattern = operation, operation.Pattern
	by, leave, refused := s.enter(r, operation)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	defer leave()
	body := s.config.control.Body(by)
	defer body.Release()
	if s.contract.Framework.Conditional {
		if refused := v.conditions(operation, v.asked.Header); refused != nil {
			s.fail(w, r, refused)
			return
		}
	}
	sent, refused := s.read(w, r, operation, body)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	ctx, cancel := s.bounded(r.Context(), operation)
	defer cancel()
	begin(ctx, sent)
}

// operationOf returns the operation that the mux chose, or nil if it is not offered.
func (s *site) operationOf(r *http.Request) *route.Route {
	pattern, _ := runtime.HTTPPattern(r.Context())
	return s.operations[r.Method+" "+pattern.String()]
}

// bounded returns the context of a call. Unary calls have a time limit. Streams run until the
// caller leaves or stalls, or the gateway stops; for HEAD, until it is clear that they are not
// refused.
func (s *site) bounded(ctx context.Context, operation *route.Route) (context.Context, context.CancelFunc) {
	if !operation.RPC.IsStreamingServer() {
		return withTimeLimit(ctx, s.config.CallTimeout)
	}
	ctx, end := context.WithCancelCause(ctx)
	cancel := func() { end(nil) }
	if stateOf(ctx).asked.Method == http.MethodHead {
		var stopHead context.CancelFunc
		ctx, stopHead = context.WithTimeout(ctx, headTimeout)
		cancel = func() { stopHead(); end(nil) }
	}
	stop := context.AfterFunc(s.streams, func() { end(errDraining) })
	return ctx, func() {
		stop()
		cancel()
	}
}

// errDraining ends streams when the gateway stops.
var errDraining = fault.New(fault.Unavailable, reason.Draining, "the server is stopping; resume on another server")
