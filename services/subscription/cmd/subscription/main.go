// Command subscription serves the subscription service over gRPC.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	service "github.com/continuo-billing/continuo/services/subscription"
)

type command struct {
	config.Log
	config.Auth
	config.Data
	config.Changes
	config.Subscription
	config.SubscriptionStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	authenticator, err := c.Authenticator(c.SubscriptionAddr)
	if err != nil {
		return err
	}
	url, embedded := c.StoreURL(c.SubscriptionDatabaseURL, "subscription")
	served, err := service.New(ctx, service.Config{
		DatabaseURL: url, Migrate: embedded, Demo: c.Demo,
		ChangeRetention: c.ChangeRetention, AllowPrivateWebhooks: c.AllowPrivateWebhooks,
		Auth: authenticator, Logger: logger, Clock: clock.System{},
	})
	if err != nil {
		return err
	}
	return process.Serve(ctx, logger, c.SubscriptionAddr, served)
}

func main() { process.Main("subscription", "Serves the subscription service over gRPC.", &command{}) }
