// Package customerrecurrence is the customer-recurrence service. It keeps customers with their
// Mexican invoicing profile, packages, the recurrences that customers have contracted, and every
// change to them. It serves two gRPC APIs, the vendor contract dynamics.v1 and the native
// continuo.customerrecurrence.v1, both on the same domain:
//
//   - internal/customer, internal/catalogue and internal/recurrence are the domain, one package per
//     resource. Each package comment lists the rules of its resource.
//   - internal/books imports and exports all resources.
//   - internal/store is the storage; internal/api and internal/dynamics serve the two APIs.
//
// Every resource belongs to one tenant and is invisible to all others. A rejected request changes
// nothing. A request repeated with its idempotency key within 24 hours changes nothing and returns
// the recorded outcome, even if the first request had no effect.
package customerrecurrence

import (
	"context"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/closing"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/demo"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/dynamics"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/plan"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// Config holds the operator's settings for the service.
type Config = service.Config

// New opens the store that the config names and returns the service, ready to serve.
func New(ctx context.Context, config Config) (*service.Service, error) {
	return service.New(ctx, config, service.Definition{
		Name: "customer-recurrence", Migrations: Migrations(), Build: build,
	})
}

// Migrations returns the migrations of the service's own schema, numbered from 00100.
func Migrations() fs.FS {
	return legacy.Migrations(store.Migrations, nativeFeedStates, api.LegacyStates)
}

// nativeFeedStates is the number of the migration that converts change feed states to messages of
// the native API.
const nativeFeedStates = 105

func build(db *database.DB, config Config) (service.Parts, error) {
	stores, sealer := store.New(db, api.Message), pagetoken.New(db.PageTokenKey)
	services := api.Services{
		Customers:   customer.New(stores.Customers, config.Clock),
		Closing:     closing.New(stores.Closing, config.Clock),
		Packages:    catalogue.New(stores.Packages, config.Clock),
		Recurrences: recurrence.New(stores.Recurrences, config.Clock, sealer),
		Usage:       usage.New(stores.Usage, config.Clock),
		Settings:    settings.New(stores.Settings, config.Clock),
	}
	archive := books.NewService(stores.Books, config.Clock)
	return service.Parts{
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, services, sealer)
			dynamics.Register(registrar, dynamics.Services{
				Customers: services.Customers, Closing: services.Closing, Recurrences: services.Recurrences, Plans: plan.New(stores.Plans, config.Clock),
			})
		},
		Work:     []func(context.Context){recurrence.NewWorker(services.Recurrences, store.NewAgenda(db), config.Logger).Run},
		LoadDemo: func(ctx context.Context) error { return demo.Load(ctx, archive) },
		Transfer: transfer.New(archive, transfer.Resources[any]{
			Read: api.ReadResource, Message: api.Message, Field: api.FieldOf,
		}),
		Search: api.Search(services),
		Sealed: []database.Sealed{store.Sealed},
	}, nil
}
