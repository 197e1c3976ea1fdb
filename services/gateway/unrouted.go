package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// unrouted handles native requests without an operation: 404, or 405 if the path has other methods.
func (s *site) unrouted(
	_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int,
) {
	if isMethodProbe(r, nil) {
		return
	}
	if httpStatus == http.StatusMethodNotAllowed {
		if allowed := s.methodsOf(r); len(allowed) > 0 {
			s.noMethod(w, r, allowed)
			return
		}
	}
	s.fail(w, r, failure.NoRoute(requestURI(stateOf(r.Context()).asked)))
}

// noMethod answers 405 with the methods that a path has.
func (s *site) noMethod(w http.ResponseWriter, r *http.Request, methods []string) {
	if get := slices.Index(methods, http.MethodGet); get >= 0 {
		methods = slices.Insert(methods, get+1, http.MethodHead)
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	s.fail(w, r, failure.Method(stateOf(r.Context()).asked.Method))
}

// methodProbe is a request to the mux that only checks whether its path has a method.
type methodProbe struct{ operation *route.Route }

type methodProbeKey struct{}

// isMethodProbe reports whether a request is such a probe, and records the operation in it.
func isMethodProbe(r *http.Request, operation *route.Route) bool {
	asked, ok := r.Context().Value(methodProbeKey{}).(*methodProbe)
	if ok {
		asked.operation = operation
	}
	return ok
}

// methodsOf returns the methods that are offered at the path of a request, which only the mux
// knows.
func (s *site) methodsOf(r *http.Request) []string {
	var methods []string
	for _, method := range s.methods {
		answer := &methodProbe{}
		asking := r.WithContext(context.WithValue(r.Context(), methodProbeKey{}, answer))
		asking.Method = method
		s.mux.ServeHTTP(nil, asking)
		if answer.operation != nil {
			methods = append(methods, method)
		}
	}
	return methods
}
