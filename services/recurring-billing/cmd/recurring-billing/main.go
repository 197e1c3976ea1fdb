// Command recurring-billing serves the recurring-billing service over gRPC.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	service "github.com/continuo-billing/continuo/services/recurring-billing"
)

type command struct {
	config.Log
	config.Auth
	config.Data
	config.Changes
	config.RecurringBilling
	config.RecurringBillingStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	authenticator, err := c.Authenticator(c.RecurringBillingAddr)
	if err != nil {
		return err
	}
	url, embedded := c.StoreURL(c.RecurringBillingDatabaseURL, "recurring-billing")
	served, err := service.New(ctx, service.Config{
		DatabaseURL: url, Migrate: embedded, Demo: c.Demo,
		ChangeRetention: c.ChangeRetention, AllowPrivateWebhooks: c.AllowPrivateWebhooks,
		Auth: authenticator, Logger: logger, Clock: clock.System{},
	})
	if err != nil {
		return err
	}
	return process.Serve(ctx, logger, c.RecurringBillingAddr, served)
}

func main() {
	process.Main("recurring-billing", "Serves the recurring-billing service over gRPC.", &command{})
}
