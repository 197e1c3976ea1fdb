// Package recurringbilling is the recurring billing service. It serves items, bill-tos, master
// accounts, recurring lines and invoices over Sedona's contract and the native API, and has a store
// of its own.
package recurringbilling

import (
	"context"
	"io/fs"
	"runtime"

	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/figures"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/demo"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/increase"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/receivables"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/sedona"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// Config is what an operator decides about the service.
type Config = service.Config

// Service is the service, ready to serve.
type Service = service.Service

// Migrations returns the service's own migrations, for the operator's migrate command.
func Migrations() fs.FS {
	return legacy.Migrations(store.Migrations(), nativeFeedStates, api.LegacyStates)
}

// nativeFeedStates is the number of the migration from which on the change feed keeps messages of
// the native API.
const nativeFeedStates = 185

// New opens the store, migrates it, loads the demo data if requested, and assembles the server.
// Serve closes the store.
func New(ctx context.Context, config Config) (*Service, error) {
	return service.New(ctx, config, service.Definition{Name: "recurring-billing", Migrations: Migrations(), Build: build})
}

func build(db *database.DB, config Config) (service.Parts, error) {
	catalogues := store.New[catalogue.Reader, catalogue.Writer](db, api.Message)
	revenues := store.NewRevenue(db, api.ReadLine)
	runs := store.NewRuns(db, api.Message)
	increases := store.NewIncreases(db, api.Message)
	services := api.Services{
		Catalogue:   catalogue.NewService(catalogues, config.Clock),
		Lines:       line.NewService(store.New[line.Reader, line.Writer](db, api.Message), config.Clock),
		Charges:     charge.NewService(store.New[charge.Reader, charge.Writer](db, api.Message), config.Clock),
		Increases:   increase.NewService(increases, config.Clock, increase.LinesPerStep),
		Invoices:    invoice.NewService(store.New[invoice.Reader, invoice.Writer](db, api.Message), config.Clock),
		Documents:   invoice.NewDocumentService(store.New[invoice.DocumentReader, invoice.DocumentWriter](db, api.Message), config.Clock),
		Receivables: receivables.NewService(store.New[receivables.Reader, mutation.Writer](db, api.Message)),
		Runs:        run.NewService(runs, catalogues, config.Clock, run.LinesPerBatch),
		Revenue:     revenue.NewService(revenues),
	}
	books := books.NewService(store.New[books.Reader, books.Writer](db, api.Message), config.Clock)
	sealer := pagetoken.New(db.PageTokenKey)
	return service.Parts{
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, services, sealer, changes.NewTokens(db))
			sedona.Register(registrar, sedona.Services{
				Catalogue: services.Catalogue, Lines: services.Lines, Invoices: services.Invoices, Documents: services.Documents,
			})
		},
		Work: []func(context.Context){
			run.NewWorker(services.Runs, runs.Follow, workers(db), config.Logger).Run,
			increase.NewWorker(services.Increases, increases.Follow, config.Logger).Run,
			revenue.NewWorker(revenues, config.Clock, config.Logger).Run,
		},
		LoadDemo: func(ctx context.Context) error { return demo.Load(ctx, books) },
		Transfer: transfer.New(books, transfer.Resources[any]{Read: api.ReadResource, Message: api.Message}),
		Search:   api.Search(services),
		Figures:  []figures.Source{store.Figures},
	}, nil
}

// workers returns how many batches of cycle runs this process does concurrently. A SQLite store has
// one writer; a second worker reads ahead for it.
func workers(db *database.DB) int {
	if db.Engine() == database.SQLite {
		return 2
	}
	return max(2, min(runtime.NumCPU(), 4))
}
