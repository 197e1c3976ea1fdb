// Command gateway serves the vendor contracts and the native API as REST.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/gateway"
	"github.com/continuo-billing/continuo/services/platform/admin"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
)

type command struct {
	config.Log
	config.Auth
	config.Admin
	config.Exposure
	config.Docs
	config.TLS
	config.ClientTLS
	config.Gateway
	config.CustomerRecurrence
	config.Subscription
	config.RecurringBilling
}

// Run serves until ctx ends.
func (c *command) Run(ctx context.Context, logger *slog.Logger) error {
	authenticator, err := c.Authenticator(ctx, logger, c.HTTPAddr)
	if err != nil {
		return err
	}
	certs, err := c.Certificates(ctx, logger)
	if err != nil {
		return err
	}
	services, transport, err := c.Transport(ctx, logger, c.CustomerRecurrenceAddr, c.SubscriptionAddr, c.RecurringBillingAddr)
	if err != nil {
		return err
	}
	seen, err := admin.Start(ctx, admin.Config{Program: "gateway", Address: c.AdminAddr, Default: config.DefaultAdminAddr, Logger: logger})
	if err != nil {
		return err
	}
	defer seen.Stop()
	var connections [3]*gateway.Connection
	for i, address := range services {
		connection, err := gateway.Dial(address, transport)
		if err != nil {
			return err
		}
		defer func() { _ = connection.Close() }() // the process ends anyway
		connections[i] = connection
	}
	served, err := gateway.New(ctx, gateway.Config{
		CustomerRecurrence: connections[0], Subscription: connections[1], RecurringBilling: connections[2], Logger: logger,
		CORSOrigins: c.CORSOrigins, FailureStatus: c.FailureStatus(), PrivateDocs: !c.PublicDocs, Authenticator: authenticator, Admission: c.Admission(), Certificates: certs,
	})
	if err != nil {
		return err
	}
	seen.Ready(served.Handler())
	listener, err := process.Listen(ctx, c.HTTPAddr)
	if err != nil {
		return err
	}
	logger.Info("serving", "address", listener.Addr().String())
	return served.Serve(ctx, listener)
}

func main() {
	process.Main("gateway", "Serves the vendor contracts and the native API as REST.", &command{})
}
