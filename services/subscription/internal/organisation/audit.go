package organisation

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/authlog"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/source"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// audit logs failed attempts to sign in, and uses of Web API keys. Made-up names do not crowd out failures
// of known users: each has a log with its own bounds.
type audit struct {
	logger          *slog.Logger
	known, nameless *authlog.Log
}

func newAudit(logger *slog.Logger, now clock.Clock) *audit {
	const message = "sign-in failed"
	return &audit{logger: logger, known: authlog.New(logger, message, now), nameless: authlog.New(logger, message, now)}
}

// failed logs a failed attempt as user, whose tenant and id are empty if it is not known.
func (a *audit) failed(ctx context.Context, tenant auth.Tenant, user UserID, err error) {
	if user == "" {
		a.nameless.Failed(ctx, err)
		return
	}
	a.known.Failed(ctx, err, slog.String("tenant", string(tenant)), slog.String("user", resource.Name(&User{ID: user})))
}

// keyUsed logs that a user signed in with a Web API key.
func (a *audit) keyUsed(ctx context.Context, tenant auth.Tenant, user UserID, key APIKeyID) {
	a.logger.InfoContext(ctx, "signed in with an API key", "tenant", tenant, "user", resource.Name(&User{ID: user}),
		"key", resource.Name(&APIKey{ID: key}), "source", source.From(ctx))
}
