// Command recurring-billing serves the recurring-billing service over gRPC.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
	"github.com/continuo-billing/continuo/services/platform/service"
	recurringbilling "github.com/continuo-billing/continuo/services/recurring-billing"
)

type command struct {
	service.Program
	config.RecurringBilling
	config.RecurringBillingStore
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	return c.Serve(ctx, logger, "recurring-billing", c.RecurringBillingAddr, c.RecurringBillingDatabaseURL, recurringbilling.New)
}

func main() {
	process.Main("recurring-billing", "Serves the recurring-billing service over gRPC.", &command{})
}
