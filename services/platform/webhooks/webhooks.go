// Package webhooks sends the changes of a store to URLs chosen by callers, by the Standard Webhooks
// specification (https://www.standardwebhooks.com). The change feed is the queue, and each endpoint
// has a cursor. Mutations therefore do nothing for webhooks, changes are delivered in feed order,
// and after a crash a message may at most be repeated with the same id. The contract with receivers
// is in continuo/webhooks/v1/webhooks.proto.
//
// Package service registers a Server in every service and runs a Worker while it serves.
package webhooks

import (
	"context"
	"log/slog"
	"time"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// Limits documented in continuo/webhooks/v1/webhooks.proto.
const (
	maxEndpoints        = 100
	deliveryTimeout     = 15 * time.Second
	pingTimeout         = 5 * time.Second
	firstWait           = 5 * time.Second
	maxWait             = 6 * time.Hour
	retryPeriod         = 3 * 24 * time.Hour
	deadLetterRetention = 30 * 24 * time.Hour
	secretOverlap       = 24 * time.Hour
	maxPayload          = 256 << 10
)

// resourceType is the type of endpoints in the change feed. actor is the actor of changes made by
// the worker.
const (
	resourceType = "WebhookEndpoint"
	actor        = "webhooks"
)

// Feed lists the changes of the caller's tenant. *changes.Server implements it.
type Feed interface {
	// ListChanges returns a page of the feed, oldest first.
	ListChanges(ctx context.Context, request *changesv1.ListChangesRequest) (*changesv1.ListChangesResponse, error)
}

// Config holds the settings and dependencies of webhooks.
type Config struct {
	// DB is the store with the changes and the endpoints. Required.
	DB *database.DB
	// Feed is the change feed of the store. Required.
	Feed Feed
	// Clock provides times for changes and schedules. Required.
	Clock clock.Clock
	// Logger gets failures, but never secrets, payloads or URLs. Required.
	Logger *slog.Logger
	// AllowPrivateTargets allows http and addresses that are not public, for tests and for
	// installations without internet access.
	AllowPrivateTargets bool
	// PingTimeout is how long a test event, or a dead letter sent by hand, waits for its response. 0 is 5
	// seconds, which is shorter than callers wait for us, so that they learn whose time ran out.
	PingTimeout time.Duration
}

func (c Config) pingTimeout() time.Duration {
	if c.PingTimeout == 0 {
		return pingTimeout
	}
	return c.PingTimeout
}
