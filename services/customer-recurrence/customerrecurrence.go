// Package customerrecurrence is the customer-recurrence service: customers with their Mexican invoicing profile,
// packages, the recurrences that customers have contracted and every change of them, behind two gRPC faces: the vendor
// contract dynamics.v1 and the native continuo.customerrecurrence.v1. Both call the same domain; what holds for it is
// listed in the comment of internal/domain.
package customerrecurrence

import (
	"context"
	"io/fs"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/demo"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/dynamics"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/store"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/transfer"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/service"
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
	cases := domain.NewService(store.New(db, api.Message), config.Clock)
	sealer := pagetoken.New(db.PageTokenKey)
	return service.Parts{
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, cases, sealer)
			dynamics.Register(registrar, cases)
		},
		LoadDemo: func(ctx context.Context) error { return demo.Load(ctx, cases) },
		Transfer: transfer.New(cases),
	}, nil
}
