// Package service assembles what every service is: a store of its own, brought to its schema; a gRPC server with the
// service's handlers, its change feed and its health; and the work that goes on beside the calls.
package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/upkeep"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

// Config is what an operator decides about a service. All of it is required but the switches and the retention.
type Config struct {
	// DatabaseURL names the service's own store: `sqlite:PATH` or `postgres://...`.
	DatabaseURL string
	// Migrate brings the store to this program's schema at the start.
	Migrate bool
	// Demo loads the demo data, where the store is empty.
	Demo bool
	// ChangeRetention is how long changes are kept in the change feed; 0: for ever.
	ChangeRetention time.Duration
	// AllowPrivateWebhooks lets webhooks go to private and loopback addresses, and without TLS.
	AllowPrivateWebhooks bool
	// Auth decides who calls.
	Auth auth.Authenticator
	// Logger takes one line a call.
	Logger *slog.Logger
	// Clock tells when changes are made.
	Clock clock.Clock
}

// Definition is what a service is, whoever runs it.
type Definition struct {
	// Name is the service's name, such as `recurring-billing`.
	Name string
	// Migrations are the service's own, numbered from 00100.
	Migrations fs.FS
	// Build makes the service's parts on its store, which may not have been reached yet.
	Build func(db *database.DB, config Config) (Parts, error)
}

// Parts is what a service is made of beyond its store.
type Parts struct {
	// Register adds the service's own handlers; the shared services are added by this package.
	Register func(grpc.ServiceRegistrar)
	// Exempt names the methods that authenticate by their payload; nil: none.
	Exempt func(method string) bool
	// LoadDemo fills an empty store with the demo data.
	LoadDemo func(context.Context) error
	// Transfer imports and exports the service's resources.
	Transfer transferv1.TransferServiceServer
	// Work goes on beside the calls, each until its context ends.
	Work []func(context.Context)
}

// Service is a service, ready to serve.
type Service struct {
	db     *database.DB
	server *rpc.Server
	work   []func(context.Context)
}

// New opens the store, migrates it and loads the demo data where asked, and assembles the server.
func New(ctx context.Context, config Config, definition Definition) (*Service, error) {
	config.Logger = config.Logger.With("service", definition.Name)
	db, err := database.Open(ctx, config.DatabaseURL, definition.Migrations)
	if err != nil {
		return nil, fmt.Errorf("opening the store of %s: %w", definition.Name, err)
	}
	service, err := assemble(ctx, config, definition, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", definition.Name, err), db.Close())
	}
	return service, nil
}

func assemble(ctx context.Context, config Config, definition Definition, db *database.DB) (*Service, error) {
	if config.Migrate {
		if err := db.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	parts, err := definition.Build(db, config)
	if err != nil {
		return nil, err
	}
	if config.Demo {
		// Replicas that start together would all find the store empty.
		if err := db.Alone(ctx, parts.LoadDemo); err != nil {
			return nil, fmt.Errorf("loading the demo data: %w", err)
		}
	}
	feed := changes.New(db)
	hooks := webhooks.Config{DB: db, Feed: feed, Clock: config.Clock, Logger: config.Logger, AllowPrivateTargets: config.AllowPrivateWebhooks}
	server, err := rpc.New(rpc.Config{
		Logger: config.Logger, Authenticator: config.Auth, Exempt: parts.Exempt, Ready: db.Ready,
		Register: func(registrar grpc.ServiceRegistrar) {
			parts.Register(registrar)
			changesv1.RegisterChangeServiceServer(registrar, feed)
			webhooksv1.RegisterWebhookServiceServer(registrar, webhooks.NewServer(hooks))
			transferv1.RegisterTransferServiceServer(registrar, parts.Transfer)
		},
	})
	if err != nil {
		return nil, err
	}
	keepUp := func(ctx context.Context) { upkeep.Run(ctx, db, config.ChangeRetention, config.Clock, config.Logger) }
	return &Service{db: db, server: server, work: append(parts.Work, keepUp, webhooks.NewWorker(hooks).Run)}, nil
}

// Serve serves the listeners until ctx ends, lets running calls and the work beside them finish, and closes the store. A
// service serves once.
func (s *Service) Serve(ctx context.Context, listeners ...net.Listener) error {
	working, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	for _, work := range s.work {
		group.Go(func() { work(working) })
	}
	err := s.server.Serve(ctx, listeners...)
	stop()
	group.Wait()
	return errors.Join(err, s.db.Close())
}
