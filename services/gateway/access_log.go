package gateway

import (
	"log/slog"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
)

// maxLoggedPath bounds the path in a line of the log, in bytes.
const maxLoggedPath = 200

// log writes the line of a request: who did what from where, and what came of it. Paths stand for
// requests without a route. Queries are left out, since they may contain secrets. Requests beyond the
// budgets, of which an attacker can send any number, are counted instead.
func (h *handler) log(v *requestState, took time.Duration) {
	level := slog.LevelInfo
	shed := admission.Sheds(reason.Reason(v.reason))
	if shed {
		h.refused.Count(v.reason)
	}
	if shed || isProbe(v.pattern) {
		level = slog.LevelDebug
	}
	if !h.logger.Enabled(v, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", v.asked.Method), slog.String("route", v.pattern), slog.Int("status", v.answer.status),
		slog.Int64("bytes", v.answer.bytes), slog.Duration("took", took), slog.String("source", v.source.String()),
	}
	if v.pattern == "" {
		path := v.asked.URL.EscapedPath()
		attrs = append(attrs, slog.String("path", path[:min(len(path), maxLoggedPath)]))
	}
	for _, attr := range []slog.Attr{
		slog.String("contract", v.site.contract.Name), slog.String("tenant", string(v.principal.Tenant)),
		slog.String("actor", v.principal.Actor), slog.String("reason", v.reason),
	} {
		if attr.Value.String() != "" {
			attrs = append(attrs, attr)
		}
	}
	h.logger.LogAttrs(v, level, "request", attrs...)
}

// isProbe reports whether a page is asked for by machines every few seconds.
func isProbe(pattern string) bool {
	return strings.HasPrefix(pattern, "GET /healthz") || strings.HasPrefix(pattern, "GET /readyz")
}
