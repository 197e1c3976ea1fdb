// Command customer-recurrence serves the customer-recurrence service over gRPC.
package main

import (
	"context"
	"log/slog"

	service "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
)

type command struct {
	config.Log
	config.Auth
	config.Data
	config.Changes
	config.CustomerRecurrence
	config.CustomerRecurrenceStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	authenticator, err := c.Authenticator(c.CustomerRecurrenceAddr)
	if err != nil {
		return err
	}
	url, embedded := c.StoreURL(c.CustomerRecurrenceDatabaseURL, "customer-recurrence")
	served, err := service.New(ctx, service.Config{
		DatabaseURL: url, Migrate: embedded, Demo: c.Demo,
		ChangeRetention: c.ChangeRetention, AllowPrivateWebhooks: c.AllowPrivateWebhooks,
		Auth: authenticator, Logger: logger, Clock: clock.System{},
	})
	if err != nil {
		return err
	}
	return process.Serve(ctx, logger, c.CustomerRecurrenceAddr, served)
}

func main() {
	process.Main("customer-recurrence", "Serves the customer-recurrence service over gRPC.", &command{})
}
