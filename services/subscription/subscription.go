// Package subscription is the subscription service: New makes it, Serve serves it.
package subscription

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"google.golang.org/grpc"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/crmcom"
	"github.com/continuo-billing/continuo/services/subscription/internal/demo"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
)

// Config is what a service is made of. Auth, Logger and Clock are required.
type Config struct {
	// DatabaseURL names the store, `sqlite:PATH` or `postgres://...`.
	DatabaseURL string
	// Migrate brings the store to this program's schema at the start.
	Migrate bool
	// Demo loads the demo data if the store is empty.
	Demo bool
	// Auth decides who calls the native API; the vendor contract's methods carry a token of their own.
	Auth auth.Authenticator
	// Logger takes one line a call.
	Logger *slog.Logger
	// Clock tells when sessions expire and what changed when.
	Clock clock.Clock
}

// Service is the subscription service, ready to serve.
type Service struct {
	db     *database.DB
	server *rpc.Server
}

// New opens the store, migrates it and loads the demo data as the configuration asks. Serve closes the store again.
func New(ctx context.Context, config Config) (*Service, error) {
	db, err := database.Open(ctx, config.DatabaseURL, store.Migrations())
	if err != nil {
		return nil, fmt.Errorf("opening the store of subscriptions: %w", err)
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
	system, err := domain.New(store.New(db), config.Clock)
	if err != nil {
		return nil, err
	}
	if config.Demo {
		if err := demo.Load(ctx, system); err != nil {
			return nil, err
		}
	}
	server, err := rpc.New(rpc.Config{
		Logger: config.Logger, Authenticator: config.Auth, Ready: db.Ready, Exempt: carriesToken,
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, system)
			crmcom.Register(registrar, system)
		},
	})
	if err != nil {
		return nil, err
	}
	return &Service{db: db, server: server}, nil
}

// Serve serves the listeners until ctx ends, then finishes running calls and closes the store.
func (s *Service) Serve(ctx context.Context, listeners ...net.Listener) error {
	return errors.Join(s.server.Serve(ctx, listeners...), s.db.Close())
}

// carriesToken reports whether a method authenticates by its payload: those of the vendor contract do.
func carriesToken(method string) bool {
	for _, service := range []grpc.ServiceDesc{crmcomv2.SubscriptionsService_ServiceDesc, crmcomv2.AuthenticationService_ServiceDesc} {
		for _, own := range service.Methods {
			if method == "/"+service.ServiceName+"/"+own.MethodName {
				return true
			}
		}
	}
	return false
}
