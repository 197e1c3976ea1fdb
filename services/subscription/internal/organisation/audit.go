package organisation

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// auditedPerMinute is how many failures as known users, and how many others, are logged per minute.
const auditedPerMinute = 60

// audit logs failed attempts to sign in, and from where they came. What callers gave is not logged,
// since people type passwords into wrong fields. A flood does not fill the log, and made-up names do
// not crowd out failures of known users: each has its own limit, and lines say how many were left out.
type audit struct {
	logger          *slog.Logger
	known, nameless bounded
}

// bounded counts what is left out of the log.
type bounded struct {
	mu      sync.Mutex
	limiter *rate.Limiter
	leftOut int
}

func newAudit(logger *slog.Logger) *audit {
	limiter := func() *rate.Limiter { return rate.NewLimiter(perMinute(auditedPerMinute), auditedPerMinute) }
	return &audit{logger: logger, known: bounded{limiter: limiter()}, nameless: bounded{limiter: limiter()}}
}

// failed logs a failed attempt as user, whose tenant and id are empty if it is not known. Errors of the
// service itself are not attempts.
func (a *audit) failed(ctx context.Context, now time.Time, tenant auth.Tenant, user UserID, err error) {
	var failure *fault.Error
	if !errors.As(err, &failure) {
		return
	}
	limit, attrs := &a.nameless, []slog.Attr{slog.String("reason", string(failure.Reason))}
	if user != "" {
		limit = &a.known
		attrs = append(attrs, slog.String("tenant", string(tenant)), slog.String("user", resource.Name(&User{ID: user})))
	}
	leftOut, allowed := limit.allow(now)
	if !allowed {
		return
	}
	if leftOut > 0 {
		attrs = append(attrs, slog.Int("left_out", leftOut))
	}
	a.log(ctx, slog.LevelWarn, "sign-in failed", attrs...)
}

// keyUsed logs that a user signed in with a Web API key.
func (a *audit) keyUsed(ctx context.Context, tenant auth.Tenant, user UserID, key APIKeyID) {
	a.log(ctx, slog.LevelInfo, "signed in with an API key", slog.String("tenant", string(tenant)),
		slog.String("user", resource.Name(&User{ID: user})), slog.String("key", resource.Name(&APIKey{ID: key})))
}

func (a *audit) log(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	if from := source.From(ctx); from.IsValid() {
		attrs = append(attrs, slog.String("source", from.String()))
	}
	a.logger.LogAttrs(ctx, level, message, attrs...)
}

// allow reports whether to log now, and how many were left out since the last that was logged.
func (b *bounded) allow(now time.Time) (leftOut int, allowed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.limiter.AllowN(now, 1) {
		b.leftOut++
		return 0, false
	}
	leftOut, b.leftOut = b.leftOut, 0
	return leftOut, true
}
