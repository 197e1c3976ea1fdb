package service

import (
	"context"
	"log/slog"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/process"
)

// Program holds the settings of a program that runs one service. Commands embed it.
type Program struct {
	config.Log
	config.Auth
	config.Data
	config.Changes
	config.Exposure
	config.Logins
	config.Sealing
	config.ServiceTLS
}

// Serve serves a service on an address until ctx ends. Without a databaseURL, the store is a SQLite
// file named after the service.
func (p *Program) Serve(ctx context.Context, logger *slog.Logger, name, address, databaseURL string,
	open func(context.Context, Config) (*Service, error),
) error {
	if err := p.CheckDemo(p.Auth); err != nil {
		return err
	}
	authenticator, err := p.Authenticator(ctx, logger, address)
	if err != nil {
		return err
	}
	certs, err := p.Certificates(ctx, logger)
	if err != nil {
		return err
	}
	url, embedded := p.StoreURL(databaseURL, name)
	served, err := open(ctx, Config{
		DatabaseURL: url, Migrate: embedded, Demo: p.Demo,
		ChangeRetention: time.Duration(p.ChangeRetention), AllowPrivateWebhooks: p.AllowPrivateWebhooks,
		Admission: p.Admission(), Certificates: certs, Logins: p.Logins, SealingKeyFile: p.SealingKeyFile, Auth: authenticator, Logger: logger, Clock: clock.System{},
	})
	if err != nil {
		return err
	}
	return process.Serve(ctx, logger, address, served)
}
