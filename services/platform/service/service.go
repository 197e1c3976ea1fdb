// Package service assembles a service: its store, its gRPC server with handlers, change feed and
// health, and its background work.
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
	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/config"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/figures"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/search"
	"github.com/continuo-billing/continuo/services/platform/upkeep"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

// Config holds the operator's settings of a service. All are required except the switches and the
// retention.
type Config struct {
	// DatabaseURL is the URL of the service's store: `sqlite:PATH` or `postgres://...`.
	DatabaseURL string
	// Migrate migrates the store at startup.
	Migrate bool
	// Demo loads the demo data if the store is empty.
	Demo bool
	// ChangeRetention is how long changes are kept; 0 keeps them forever.
	ChangeRetention time.Duration
	// AllowPrivateWebhooks allows webhooks to private and loopback addresses, and without TLS.
	AllowPrivateWebhooks bool
	// Admission holds the budgets of the server, and the proxies that it trusts.
	Admission admission.Settings
	// Certificates make the server use TLS. Optional.
	Certificates *certificates.Set
	// Logins limits how often users may try to sign in, where a service has users; zero means the defaults.
	Logins config.Logins
	// SealingKeyFile holds the keys that seal secrets in the store. By default an embedded store makes its own.
	SealingKeyFile string
	// PrivateDocs closes reflection to callers without a valid credential.
	PrivateDocs bool
	// Auth identifies callers.
	Auth auth.Authenticator
	// Logger gets one line per call.
	Logger *slog.Logger
	// Clock provides the time of changes.
	Clock clock.Clock
}

// Definition describes a service independently of its configuration.
type Definition struct {
	// Name is the name of the service, such as `recurring-billing`.
	Name string
	// Migrations are the service's migrations, numbered from 00100.
	Migrations fs.FS
	// Build creates the parts of the service. The store may not be reachable yet.
	Build func(db *database.DB, config Config) (Parts, error)
}

// Parts are the parts of a service beyond its store.
type Parts struct {
	// Register registers the service's own handlers. This package registers the shared ones.
	Register func(grpc.ServiceRegistrar)
	// Exempt reports whether a method needs no credential because its message authenticates the
	// caller. Optional.
	Exempt func(method string) bool
	// Auth identifies callers instead of the configured authenticator. Optional.
	Auth auth.Authenticator
	// LoadDemo loads the demo data into an empty store.
	LoadDemo func(context.Context) error
	// Transfer imports and exports the resources of the service.
	Transfer transferv1.TransferServiceServer
	// Sealed names the columns in which the service's own tables hold sealed secrets.
	Sealed []database.Sealed
	// Search lists the resources that people search for.
	Search []search.Source
	// Figures read what metrics tell of the service's own tables. Optional.
	Figures []figures.Source
	// Work is run in the background. Each function returns when its context ends.
	Work []func(context.Context)
}

// Service is an assembled service.
type Service struct {
	db     *database.DB
	server *rpc.Server
	work   []func(context.Context)
}

// New opens the store, migrates it and loads the demo data if configured, and assembles the server.
func New(ctx context.Context, config Config, definition Definition) (*Service, error) {
	config.Logger = config.Logger.With("service", definition.Name)
	db, err := database.Open(ctx, config.DatabaseURL, definition.Migrations)
	if err != nil {
		return nil, fmt.Errorf("opening the store of %s: %w", definition.Name, err)
	}
	db.Observe(definition.Name)
	service, err := assemble(ctx, config, definition, db)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting %s: %w", definition.Name, err), db.Close())
	}
	return service, nil
}

func assemble(ctx context.Context, config Config, definition Definition, db *database.DB) (*Service, error) {
	if err := db.Own(); err != nil {
		return nil, err
	}
	if config.Migrate {
		if err := db.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	if err := prepareSealing(db, config); err != nil {
		return nil, err
	}
	parts, err := definition.Build(db, config)
	if err != nil {
		return nil, err
	}
	sealed := append(parts.Sealed, webhooks.Sealed)
	if err := checkSealed(ctx, db, sealed); err != nil {
		return nil, err
	}
	if config.Demo {
		// Replicas that start together would all find the store empty.
		if err := db.Exclusively(ctx, parts.LoadDemo); err != nil {
			return nil, fmt.Errorf("loading the demo data: %w", err)
		}
	}
	if parts.Auth != nil {
		config.Auth = parts.Auth
	}
	feed := changes.New(db)
	hooks := webhooks.Config{DB: db, Feed: feed, Clock: config.Clock, Logger: config.Logger, AllowPrivateTargets: config.AllowPrivateWebhooks}
	server := rpc.New(rpc.Config{
		Service: definition.Name, Logger: config.Logger, Authenticator: config.Auth, Exempt: parts.Exempt, PrivateDocs: config.PrivateDocs, Ready: db.Ready, Admission: config.Admission,
		Certificates: config.Certificates,
		Register: func(registrar grpc.ServiceRegistrar) {
			parts.Register(registrar)
			changesv1.RegisterChangeServiceServer(registrar, feed)
			webhooksv1.RegisterWebhookServiceServer(registrar, webhooks.NewServer(hooks))
			transferv1.RegisterTransferServiceServer(registrar, parts.Transfer)
			searchv1.RegisterSearchServiceServer(registrar, search.NewServer(definition.Name, parts.Search))
		},
	})
	keepUp := func(ctx context.Context) { upkeep.Run(ctx, db, config.ChangeRetention, config.Clock, config.Logger) }
	keepSealed := func(ctx context.Context) { upkeep.Seal(ctx, db, sealed, config.Logger) }
	told := &figures.Store{DB: db, Service: definition.Name, Sources: parts.Figures, Clock: config.Clock, Logger: config.Logger}
	return &Service{db: db, server: server, work: append(parts.Work, keepUp, keepSealed, webhooks.NewWorker(hooks).Run, told.Run)}, nil
}

// InProcess returns a connection to the service for callers in the same process.
func (s *Service) InProcess() grpc.ClientConnInterface { return s.server.InProcess() }

// Ready returns nil if the service and its store can serve.
func (s *Service) Ready(ctx context.Context) error { return s.db.Ready(ctx) }

// Serve serves the listeners until ctx ends or the store has failed for good, waits for running calls and background work, and
// closes the store. It can be called only once.
func (s *Service) Serve(ctx context.Context, listeners ...net.Listener) error {
	working, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	for _, work := range s.work {
		group.Go(func() { work(working) })
	}
	group.Go(func() {
		select {
		case <-s.db.Failed():
			stop() // Close says why
		case <-working.Done():
		}
	})
	err := s.server.Serve(working, listeners...)
	stop()
	group.Wait()
	return errors.Join(err, s.db.Close())
}
