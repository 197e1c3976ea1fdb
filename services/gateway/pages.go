package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/continuo-billing/continuo/services/gateway/internal/docs"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/protos"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

const (
	openAPIPath   = "/openapi.json"
	docsPath      = "/docs/"
	healthTimeout = 3 * time.Second
)

// States of a service in /readyz.
const (
	stateServing     = "serving"
	stateNotServing  = "not serving"
	stateUnreachable = "unreachable"
)

// noPage is the pattern of paths that are not the gateway's own. The mux would look for other methods of
// a path that matches nothing.
const noPage = "/"

// pages are the gateway's own pages.
type pages struct {
	*http.ServeMux
	// first holds the first segments of their paths.
	first map[string]bool
}

// Handle adds a page.
func (p pages) Handle(pattern string, page http.Handler) {
	_, path, _ := strings.Cut(pattern, " /")
	first, _, _ := strings.Cut(path, "/")
	p.first[strings.TrimSuffix(first, "{$}")] = true
	p.ServeMux.Handle(pattern, page)
}

// HandleFunc adds a page.
func (p pages) HandleFunc(pattern string, page http.HandlerFunc) { p.Handle(pattern, page) }

// find returns the page of a request and its pattern, or nil.
func (p pages) find(r *http.Request) (page http.Handler, pattern string) {
	path := r.URL.Path
	if first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); !p.first[first] && !strings.Contains(path, "/.") && !strings.Contains(path, "//") {
		return nil, "" // the mux asks more, as it cleans paths and looks for other methods
	}
	if page, pattern = p.Handler(r); pattern == noPage || pattern == "" {
		return nil, ""
	}
	return page, pattern
}

// newPages returns the gateway's own pages: liveness, readiness of the services, and those of the
// documentation, each wrapped by documentation.
func newPages(logger *slog.Logger, offered api, routes []*route.Route, documentation middleware) pages {
	pages := pages{http.NewServeMux(), map[string]bool{}}
	pages.ServeMux.Handle(noPage, http.NotFoundHandler())
	pages.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": stateServing})
	})
	pages.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		states, ready := states(r.Context(), offered.backends) // ready while any service serves
		state := stateServing
		if !ready {
			state = stateNotServing
		}
		writeJSON(w, readiness(ready), map[string]any{"status": state, "services": states})
	})
	for _, each := range offered.backends {
		pages.HandleFunc("GET /readyz/"+each.name, func(w http.ResponseWriter, r *http.Request) {
			states, ready := states(r.Context(), []backend{each})
			writeJSON(w, readiness(ready), map[string]any{"status": states[each.name]})
		})
	}
	pages.Handle("GET /protos.zip", documentation(file(logger, "application/zip", protos.Archive)))
	pages.Handle("GET /protos.binpb", documentation(file(logger, "application/x-protobuf", protos.DescriptorSet)))
	pages.Handle("GET "+openAPIPath, documentation(file(logger, "application/json", description(offered, routes))))
	pages.Handle("GET "+docsPath, documentation(docs.Handler(docsPath)))
	pages.HandleFunc("GET /{$}", docs.Welcome)
	pages.Handle("GET /docs", http.RedirectHandler(docsPath, http.StatusMovedPermanently))
	return pages
}

// description returns the OpenAPI description. It takes a tenth of a second to generate, so it is
// generated on first use.
func description(offered api, routes []*route.Route) func() ([]byte, error) {
	return sync.OnceValues(func() ([]byte, error) { return offered.describe(routes) })
}

// file serves a file that is made on first use.
func file(logger *slog.Logger, contentType string, content func() ([]byte, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		made, err := content()
		if err != nil {
			logger.ErrorContext(r.Context(), "making a file failed", "path", r.URL.Path, "error", err)
			http.Error(w, "The file could not be made.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", contentType)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(made))
	}
}

// readiness returns the HTTP status for a state.
func readiness(ready bool) int {
	if ready {
		return http.StatusOK
	}
	return http.StatusServiceUnavailable
}

// states asks all services in parallel whether they and their stores can serve. ready reports whether
// any of them can, since the paths of the others need not fail with one.
func states(ctx context.Context, all []backend) (states map[string]string, ready bool) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	answers := make([]string, len(all))
	var asking sync.WaitGroup
	for i, backend := range all {
		asking.Go(func() { answers[i] = backend.state(ctx) })
	}
	asking.Wait()
	states = map[string]string{}
	for i, backend := range all {
		states[backend.name] = answers[i]
		ready = ready || answers[i] == stateServing
	}
	return states, ready
}

// state returns the state of the backend, with the reason if it gives one.
func (b backend) state(ctx context.Context) string {
	var trailer metadata.MD
	health, err := healthpb.NewHealthClient(b.conn).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.Trailer(&trailer))
	switch {
	case err != nil:
		return stateUnreachable
	case health.GetStatus() == healthpb.HealthCheckResponse_SERVING:
		return stateServing
	default:
		return strings.Join(append([]string{stateNotServing}, trailer.Get(telemetry.NotServingTrailer)...), ": ")
	}
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the caller may have disconnected
}
