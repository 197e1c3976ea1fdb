// Command gateway serves the vendor contracts and the native API as REST.
package main

import (
	"context"
	"log/slog"

	"github.com/continuo-billing/continuo/services/gateway"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
)

type command struct {
	config.Log
	config.Auth
	config.Exposure
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
		CORSOrigins: c.CORSOrigins, FailureStatus: c.FailureStatus(), Authenticator: authenticator, Admission: c.Admission(), Certificates: certs,
	})
	if err != nil {
		return err
	}
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
