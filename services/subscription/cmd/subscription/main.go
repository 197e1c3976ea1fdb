// Command subscription serves the subscription service over gRPC.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/subscription"
)

type command struct {
	service.Program
	config.Subscription
	config.SubscriptionStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	return c.Serve(ctx, logger, "subscription", c.SubscriptionAddr, c.SubscriptionDatabaseURL, subscription.New)
}

func main() {
	process.Main("subscription", "Serves the subscription service over gRPC.", &command{})
}
