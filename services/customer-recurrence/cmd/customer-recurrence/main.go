// Command customer-recurrence serves the customer-recurrence service over gRPC.
package main

import (
	"context"
	"log/slog"

	customerrecurrence "github.com/continuo-billing/continuo/services/customer-recurrence"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	"github.com/continuo-billing/continuo/services/platform/service"
)

type command struct {
	service.Program
	config.CustomerRecurrence
	config.CustomerRecurrenceStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	return c.Serve(ctx, logger, "customer-recurrence", c.CustomerRecurrenceAddr, c.CustomerRecurrenceDatabaseURL, customerrecurrence.New)
}

func main() {
	process.Main("customer-recurrence", "Serves the customer-recurrence service over gRPC.", &command{})
}
