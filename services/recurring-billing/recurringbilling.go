// Package recurringbilling is the recurring billing service: items, bill-tos, master accounts and recurring lines, over
// Sedona's contract and the native API, on a store of its own.
package recurringbilling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/demo"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/sedona"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// Config is what a service is made of. All of it is required.
type Config struct {
	// DatabaseURL names the store: `sqlite:PATH` or `postgres://...`.
	DatabaseURL string
	// Migrate brings the store to this program's schema at the start.
	Migrate bool
	// Demo loads the demo data into an empty store.
	Demo bool
	// Auth decides who calls.
	Auth auth.Authenticator
	// Logger takes the service's log.
	Logger *slog.Logger
	// Clock dates changes.
	Clock clock.Clock
}

// Service is a service ready to serve.
type Service struct {
	db     *database.DB
	server *rpc.Server
}

// New opens the store and assembles the service. Serve closes the store again.
func New(ctx context.Context, config Config) (*Service, error) {
	db, err := database.Open(ctx, config.DatabaseURL, store.Migrations())
	if err != nil {
		return nil, fmt.Errorf("opening the store of recurring billing: %w", err)
	}
	service, err := assemble(ctx, config, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return service, nil
}

func assemble(ctx context.Context, config Config, db *database.DB) (*Service, error) {
	if config.Migrate {
		if err := db.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	billing := domain.NewService(store.New(db), config.Clock)
	if config.Demo {
		if err := demo.Load(ctx, billing); err != nil {
			return nil, err
		}
	}
	server, err := rpc.New(rpc.Config{
		Logger:        config.Logger,
		Authenticator: config.Auth,
		Ready:         db.Ready,
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, billing)
			sedona.Register(registrar, billing)
		},
	})
	if err != nil {
		return nil, fmt.Errorf("assembling recurring billing: %w", err)
	}
	return &Service{db: db, server: server}, nil
}

// Serve serves the listeners until ctx ends, lets running calls finish, and closes the store.
func (s *Service) Serve(ctx context.Context, listeners ...net.Listener) error {
	return errors.Join(s.server.Serve(ctx, listeners...), s.db.Close())
}
