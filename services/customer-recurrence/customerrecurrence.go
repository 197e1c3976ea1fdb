// Package customerrecurrence is the customer-recurrence service: customers with their Mexican invoicing profile,
// packages, the recurrences that customers have contracted and every change of them, behind two gRPC faces: the vendor
// contract dynamics.v1 and the native continuo.customerrecurrence.v1. Both call the same domain; what holds for it is
// listed in the comment of internal/domain.
package customerrecurrence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/demo"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/dynamics"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// Config is what a service is made of. All of it is required but the switches.
type Config struct {
	// DatabaseURL names the service's own store: `sqlite:PATH` or `postgres://...`.
	DatabaseURL string
	// Migrate brings the store to this program's schema at the start.
	Migrate bool
	// Demo loads the demo data, where the store is empty.
	Demo bool
	// Auth decides who calls.
	Auth auth.Authenticator
	// Logger takes one line a call.
	Logger *slog.Logger
	// Clock tells when changes are made.
	Clock clock.Clock
}

// Service is the service, ready to serve.
type Service struct {
	db     *database.DB
	server *rpc.Server
}

// New opens the store, migrates it and loads the demo data if asked, and assembles the server.
func New(ctx context.Context, config Config) (*Service, error) {
	db, err := database.Open(ctx, config.DatabaseURL, store.Migrations)
	if err != nil {
		return nil, fmt.Errorf("opening the customer-recurrence store: %w", err)
	}
	server, err := assemble(ctx, config, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Service{db: db, server: server}, nil
}

func assemble(ctx context.Context, config Config, db *database.DB) (*rpc.Server, error) {
	if config.Migrate {
		if err := db.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	service := domain.NewService(store.New(db), config.Clock)
	if config.Demo {
		if err := demo.Load(ctx, service); err != nil {
			return nil, err
		}
	}
	return rpc.New(rpc.Config{
		Logger:        config.Logger,
		Authenticator: config.Auth,
		Ready:         db.Ready,
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, service)
			dynamics.Register(registrar, service)
		},
	})
}

// Serve serves the listeners until ctx ends, lets running calls finish and closes the store. A service serves once.
func (s *Service) Serve(ctx context.Context, listeners ...net.Listener) error {
	return errors.Join(s.server.Serve(ctx, listeners...), s.db.Close())
}
