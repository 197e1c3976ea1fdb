// Package webhooks sends a store's changes to URLs of the callers' choice, after the Standard Webhooks specification
// (https://www.standardwebhooks.com). The queue is the change feed itself: each endpoint has a cursor into it, so writers
// do nothing for webhooks, the order of the feed is the order of delivery, and a crash costs at most a repetition with
// the same message id. What callers may rely on stands in continuo/webhooks/v1/webhooks.proto.
//
// Package service registers a Server as every service's WebhookService, and runs a Worker for as long as it serves.
package webhooks

import (
	"context"
	"log/slog"
	"time"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// What continuo/webhooks/v1/webhooks.proto promises.
const (
	mostEndpoints       = 100
	deliveryTimeout     = 15 * time.Second
	firstWait           = 5 * time.Second
	longestWait         = 6 * time.Hour
	patience            = 3 * 24 * time.Hour
	deadLetterRetention = 30 * 24 * time.Hour
	secretOverlap       = 24 * time.Hour
	largestPayload      = 256 << 10
)

// resourceType is the type of endpoints in the change feed, and actor who makes the changes that nobody asked for.
const (
	resourceType = "WebhookEndpoint"
	actor        = "webhooks"
)

// Feed lists the changes of the caller's tenant with the states that receivers are sent. *changes.Server is one.
type Feed interface {
	// ListChanges is a page of the feed, oldest first; the token of a change serves as the token of the page after it.
	ListChanges(ctx context.Context, request *changesv1.ListChangesRequest) (*changesv1.ListChangesResponse, error)
}

// Config is what webhooks are made of.
type Config struct {
	// DB is the store whose changes are sent, and which keeps the endpoints. Required.
	DB *database.DB
	// Feed is the store's feed. Required.
	Feed Feed
	// Clock dates and schedules. Required.
	Clock clock.Clock
	// Logger takes what fails; never a secret, a payload or a URL. Required.
	Logger *slog.Logger
	// AllowPrivateTargets accepts http and addresses that are private, loopback or otherwise not public: for tests and for
	// installations without a way out.
	AllowPrivateTargets bool
}
