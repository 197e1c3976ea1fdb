// Package customerrecurrence is the customer-recurrence service: customers with their Mexican invoicing profile,
// packages, the recurrences that customers have contracted and every change of them, behind two gRPC faces: the vendor
// contract dynamics.v1 and the native continuo.customerrecurrence.v1. Both call the same domain:
//
//   - internal/customer, internal/catalogue and internal/recurrence are the domain by resource. What holds for a resource is
//     listed in the comment of its package.
//   - internal/books imports and exports all of them.
//   - internal/store keeps them, internal/api and internal/dynamics are the two faces.
//
// Everything belongs to one tenant; nothing of another tenant can be read, named or changed. A request that is refused
// changes nothing. A request that comes again with its idempotency key, within the day, is answered with the outcome it
// had and changes nothing, whatever has happened since; an outcome without an effect is one too.
package customerrecurrence

import (
	"context"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/demo"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/dynamics"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// Config is what an operator decides about the service.
type Config = service.Config

// New is the service on the store that the config names, ready to serve.
func New(ctx context.Context, config Config) (*service.Service, error) {
	return service.New(ctx, config, service.Definition{
		Name: "customer-recurrence", Migrations: Migrations(), Build: build,
	})
}

// Migrations are those of the service's own schema, numbered from 00100.
func Migrations() fs.FS {
	return legacy.Migrations(store.Migrations, nativeFeedStates, api.LegacyStates)
}

// nativeFeedStates is the number of the migration since which the change feed keeps messages of the native API.
const nativeFeedStates = 105

func build(db *database.DB, config Config) (service.Parts, error) {
	stores, sealer := store.New(db, api.Message), pagetoken.New(db.PageTokenKey)
	services := api.Services{
		Customers:   customer.New(stores.Customers, config.Clock),
		Packages:    catalogue.New(stores.Packages, config.Clock),
		Recurrences: recurrence.New(stores.Recurrences, config.Clock),
	}
	return service.Parts{
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, services, sealer)
			dynamics.Register(registrar, services.Recurrences)
		},
		LoadDemo: func(ctx context.Context) error { return demo.Load(ctx, services) },
		Transfer: transfer.New(books.NewService(stores.Books, config.Clock), transfer.Resources[any]{
			Read: api.ReadResource, Message: api.Message, Field: api.FieldOf,
		}),
	}, nil
}
