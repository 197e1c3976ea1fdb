// Package subscription is the subscription service. It keeps CRM.COM's subscriptions and everything
// they refer to in its own store, and serves CRM.COM's contract and the native API.
package subscription

import (
	"context"
	"io/fs"

	"google.golang.org/grpc"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
	"github.com/continuo-billing/continuo/services/platform/service"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/books"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/crmcom"
	"github.com/continuo-billing/continuo/services/subscription/internal/demo"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Config holds the operator's settings for the service. Its Auth applies to the native API, which also
// accepts the tokens of sessions; calls of the vendor contract carry their own token.
type Config = service.Config

// Service is the assembled service, ready to serve.
type Service = service.Service

// Migrations returns the service's own migrations, for the operator's migrate command.
func Migrations() fs.FS {
	return legacy.Migrations(store.Migrations(), nativeFeedStates, api.LegacyStates)
}

// nativeFeedStates is the number of the migration that converts change feed states to messages of
// the native API.
const nativeFeedStates = 105

// New opens and migrates the store, loads the demo data if configured, and assembles the server.
// Serve closes the store.
func New(ctx context.Context, config Config) (*Service, error) {
	return service.New(ctx, config, service.Definition{Name: "subscription", Migrations: Migrations(), Build: build})
}

func build(db *database.DB, config Config) (service.Parts, error) {
	stores, sealer := store.New(db, api.Message), pagetoken.New(db.PageTokenKey)
	subscriptions := subscription.NewService(stores.Subscriptions, config.Clock)
	organisations := organisation.NewService(stores.Organisations, config.Clock, sealer, organisation.Limits{
		PerMinute: int(config.Logins.LoginsPerMinute), PerSourcePerMinute: int(config.Logins.LoginsPerSourcePerMinute),
	}, organisation.Tokens{JWT: config.Logins.CRMCOMTokens == "jwt", Keys: signingKeys{db}}, config.Logger)
	books := books.NewService(stores.Books, config.Clock)
	services := api.Services{
		Subscriptions: subscriptions, Organisations: organisations,
		Accounts:  account.NewService(stores.Accounts, config.Clock),
		Catalogue: catalogue.NewService(stores.Catalogue, config.Clock),
		Sealer:    sealer,
	}
	return service.Parts{
		Work: []func(context.Context){
			subscription.NewWorker(subscriptions, stores.Queue, config.Logger).Run,
			func(ctx context.Context) { stores.LevelChanges.Run(ctx, config.Logger) },
		},
		Auth:   api.Bearer{Sessions: organisations, Configured: config.Auth},
		Search: api.Search(services),
		Register: func(registrar grpc.ServiceRegistrar) {
			api.Register(registrar, services)
			crmcom.Register(registrar, subscriptions, organisations)
		},
		Exempt: carriesToken,
		LoadDemo: func(ctx context.Context) error {
			return demo.Load(ctx, demo.Services{Subscriptions: subscriptions, Organisations: organisations, Books: books})
		},
		Transfer: transfer.New(books, transfer.Resources[resource.Resource]{
			Read: api.ReadResource, Message: api.Message, Field: api.FieldOf,
		}),
	}, nil
}

// carriesToken reports whether a method authenticates by a token in its request, as all methods of
// the vendor contract do.
func carriesToken(method string) bool {
	for _, description := range []grpc.ServiceDesc{
		crmcomv2.SubscriptionsService_ServiceDesc, crmcomv2.SubscriptionReadsService_ServiceDesc, crmcomv2.SubscriptionActionsService_ServiceDesc,
		crmcomv2.SubscriptionServicesService_ServiceDesc, crmcomv2.SubscriptionCreationService_ServiceDesc,
		crmcomv2.SubscriptionInstalledItemsService_ServiceDesc, crmcomv2.SubscriptionReplacementService_ServiceDesc, crmcomv2.SubscriptionBillingTermsService_ServiceDesc, crmcomv2.SubscriptionOffersService_ServiceDesc,
		crmcomv2.AuthenticationService_ServiceDesc,
	} {
		for _, own := range description.Methods {
			if method == "/"+description.ServiceName+"/"+own.MethodName {
				return true
			}
		}
	}
	return false
}
