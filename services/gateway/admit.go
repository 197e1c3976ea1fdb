package gateway

import (
	"context"
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// admit is the mux's middleware: between the choice of an operation and its generated handler it checks, in the framework's order,
// what can be checked without the operation's message, reads the body, and chooses the marshalers.
func (s *site) admit(next runtime.HandlerFunc) runtime.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request, values map[string]string) {
		operation := s.operationOf(r)
		if asksForMethod(r, operation) {
			return
		}
		if operation == nil {
			s.unrouted(r.Context(), s.mux, nil, w, r, http.StatusMethodNotAllowed)
			return
		}
		v := visitOf(r.Context())
		v.operation, v.pattern = operation, operation.Pattern
		request, refused := s.read(w, r, operation, values)
		if refused != nil {
			s.fail(w, r, refused)
			return
		}
		ctx, cancel := s.bounded(r.Context(), operation)
		defer cancel()
		if operation.RPC.IsStreamingServer() {
			w = &streamWriter{w, s.config.StallTimeout}
		}
		next(w, request.WithContext(ctx), values)
	}
}

// operationOf is the operation that the mux chose, nil where it is not offered.
func (s *site) operationOf(r *http.Request) *route.Route {
	pattern, _ := runtime.HTTPPattern(r.Context())
	return s.operations[r.Method+" "+pattern.String()]
}

// bounded is the context of a call: a service has its time for one answer, and for a stream as long as the caller stays, takes
// what it is sent, and the gateway serves.
func (s *site) bounded(ctx context.Context, operation *route.Route) (context.Context, context.CancelFunc) {
	if !operation.RPC.IsStreamingServer() {
		return context.WithTimeout(ctx, s.config.CallTimeout)
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(s.streams, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}
