// Package recurringbilling is the recurring billing service: items, bill-tos, master accounts and recurring lines, over
// Sedona's contract and the native API, on a store of its own.
package recurringbilling

import (
	"context"
	"io/fs"
	"runtime"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/demo"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/insight"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/runner"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/sedona"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/transfer"
)

// Config is what an operator decides about the service.
type Config = service.Config

// Service is the service, ready to serve.
type Service = service.Service

// Migrations are the service's own migrations, for the operator's migrate command.
func Migrations() fs.FS {
	return legacy.Migrations(store.Migrations(), nativeFeedStates, api.LegacyStates)
}

// nativeFeedStates is the number of the migration since which the change feed keeps messages of the native API.
const nativeFeedStates = 185

// New opens the store, migrates it and loads the demo data where asked, and assembles the server. Serve closes the store
// again.
func New(ctx context.Context, config Config) (*Service, error) {
	return service.New(ctx, config, service.Definition{Name: "recurring-billing", Migrations: Migrations(), Build: build})
}

func build(db *database.DB, config Config) (service.Parts, error) {
	billing := domain.NewService(store.New(db, api.Message), config.Clock)
	revenue := store.NewInsight(db, api.ReadLine)
	runs := store.NewBilling(db, api.Message)
	biller := domain.NewBiller(runs, store.New(db, api.Message), config.Clock, domain.LinesPerBatch)
	work := runner.New(biller, runs.Changed, workers(db), config.Logger)
	return service.Parts{
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, billing)
			api.RegisterBilling(registrar, biller)
			sedona.Register(registrar, billing)
			api.RegisterInsight(registrar, insight.NewService(revenue))
		},
		Work:     []func(context.Context){work.Run, insight.NewWorker(revenue, config.Clock, config.Logger).Run},
		LoadDemo: func(ctx context.Context) error { return demo.Load(ctx, billing) },
		Transfer: transfer.New(domain.NewArchive(store.NewArchive(db, api.Message), config.Clock)),
	}, nil
}

// workers is how many batches of cycle runs this process does at the same time. A SQLite store has one writer, which
// another worker reads ahead for.
func workers(db *database.DB) int {
	if db.Engine() == database.SQLite {
		return 2
	}
	return max(2, min(runtime.NumCPU(), 4))
}
