package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/continuo-billing/continuo/services/continuo"
	"github.com/continuo-billing/continuo/services/gateway"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/service"
)

type serve struct {
	config.Log
	config.Auth
	config.Data
	config.Changes
	config.Exposure
	config.Logins
	config.Sealing
	config.ServiceTLS
	config.Gateway
	config.CustomerRecurrence
	config.CustomerRecurrenceStore
	config.Subscription
	config.SubscriptionStore
	config.RecurringBilling
	config.RecurringBillingStore
	Hints bool `env:"CONTINUO_HINTS" default:"false" help:"Print example commands when everything is up."`
}

// Run serves until ctx ends.
func (s *serve) Run(ctx context.Context, logger *slog.Logger) error {
	if err := s.CheckDemo(s.Auth); err != nil {
		return err
	}
	authenticator, err := s.Authenticator(ctx, logger, s.HTTPAddr, s.CustomerRecurrenceAddr, s.SubscriptionAddr, s.RecurringBillingAddr)
	if err != nil {
		return err
	}
	certs, err := s.Certificates(ctx, logger)
	if err != nil {
		return err
	}
	store := func(name, address, databaseURL string) continuo.Service {
		url, embedded := s.StoreURL(databaseURL, name)
		return continuo.Service{Address: address, DatabaseURL: url, Migrate: embedded}
	}
	return continuo.Run(ctx, continuo.Config{
		HTTPAddress:        s.HTTPAddr,
		Gateway:            gateway.Config{CORSOrigins: s.CORSOrigins, FailureStatus: s.FailureStatus()},
		CustomerRecurrence: store("customer-recurrence", s.CustomerRecurrenceAddr, s.CustomerRecurrenceDatabaseURL),
		Subscription:       store("subscription", s.SubscriptionAddr, s.SubscriptionDatabaseURL),
		RecurringBilling:   store("recurring-billing", s.RecurringBillingAddr, s.RecurringBillingDatabaseURL),
		Shared: service.Config{
			Demo: s.Demo, ChangeRetention: time.Duration(s.ChangeRetention), AllowPrivateWebhooks: s.AllowPrivateWebhooks,
			Admission: s.Admission(), Certificates: certs, Logins: s.Logins, SealingKeyFile: s.SealingKeyFile, Auth: authenticator, Logger: logger, Clock: clock.System{},
		},
		Started: func() {
			logger.Info("serving", "http", s.HTTPAddr, "customer_recurrence", s.CustomerRecurrenceAddr,
				"subscription", s.SubscriptionAddr, "recurring_billing", s.RecurringBillingAddr)
			if s.Hints && certs == nil {
				s.printHints(os.Stdout)
			}
		},
	})
}
