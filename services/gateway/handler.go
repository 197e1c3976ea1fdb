package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// handler is the entry point of all requests. It assigns a request id, serves the gateway's own
// pages, and passes other requests to their site.
type handler struct {
	logger *slog.Logger
	pages  *http.ServeMux
	front  *front
}

// requestState collects what is known about a request while it is processed.
type requestState struct {
	// asked is the original request.
	asked *http.Request
	// site renders failures.
	site *site
	// operation is nil if the request matches none.
	operation *route.Route
	// pattern identifies the operation or page in the log.
	pattern string
}

type stateKey struct{}

func stateOf(ctx context.Context) *requestState {
	return ctx.Value(stateKey{}).(*requestState) //nolint:forcetypeassert // set by ServeHTTP
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	v := &requestState{site: h.front.unclaimed}
	ctx := context.WithValue(telemetry.WithRequestID(r.Context(), r.Header.Get(telemetry.RequestIDHeader)), stateKey{}, v)
	v.asked = r.WithContext(ctx)
	answer := &recorder{ResponseWriter: w, status: http.StatusOK}
	answer.Header().Set(telemetry.RequestIDHeader, telemetry.RequestID(ctx))
	answer.Header().Set("X-Content-Type-Options", "nosniff")
	h.answer(answer, v)
	h.logger.InfoContext(ctx, "request",
		slog.String("method", r.Method), slog.String("route", v.pattern), slog.Int("status", answer.status),
		slog.Int64("bytes", answer.bytes), slog.Duration("took", time.Since(started)))
}

// answer serves a page or passes the request to its site. A panic fails this request only.
func (h *handler) answer(w *recorder, v *requestState) {
	defer func() {
		thrown := recover()
		if thrown == nil {
			return
		}
		if err, ok := thrown.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(thrown)
		}
		h.logger.ErrorContext(v.asked.Context(), "a request panicked", slog.String("route", v.pattern),
			slog.String("panic", fmt.Sprint(thrown)), slog.String("stack", string(debug.Stack())))
		if !w.started {
			v.site.fail(w, v.asked, failure.Internal())
		}
	}()
	if page, pattern := h.pages.Handler(v.asked); pattern != "" {
		v.pattern = pattern
		page.ServeHTTP(w, v.asked)
		return
	}
	site, request := h.front.find(v.asked)
	v.site = site
	site.ServeHTTP(w, request)
}
