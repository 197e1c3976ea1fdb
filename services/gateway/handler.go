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

// handler takes every request: it gives it an id, answers the gateway's own pages, and hands the rest to the site of its path.
type handler struct {
	logger *slog.Logger
	pages  *http.ServeMux
	front  *front
}

// visit is what becomes known of a request on its way.
type visit struct {
	// asked is the request as it came.
	asked *http.Request
	// site is the one that words a failure.
	site *site
	// operation is nil where the request means none.
	operation *route.Route
	// pattern names the operation, or the page, in the log.
	pattern string
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	return ctx.Value(visitKey{}).(*visit) //nolint:forcetypeassert // ServeHTTP gives every request one
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	started := time.Now()
	v := &visit{site: h.front.unclaimed}
	ctx := context.WithValue(telemetry.WithRequestID(r.Context(), r.Header.Get(telemetry.RequestIDHeader)), visitKey{}, v)
	v.asked = r.WithContext(ctx)
	answer := &recorder{ResponseWriter: w, status: http.StatusOK}
	answer.Header().Set(telemetry.RequestIDHeader, telemetry.RequestID(ctx))
	answer.Header().Set("X-Content-Type-Options", "nosniff")
	h.answer(answer, v)
	h.logger.InfoContext(ctx, "request",
		slog.String("method", r.Method), slog.String("route", v.pattern), slog.Int("status", answer.status),
		slog.Int64("bytes", answer.bytes), slog.Duration("took", time.Since(started)))
}

// answer answers a page or sends the request to its site. A panic is a failure of the request alone.
func (h *handler) answer(w *recorder, v *visit) {
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
