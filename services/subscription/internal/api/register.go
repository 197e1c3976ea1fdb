// Package api serves the native API, continuo.subscription.v1. It translates between messages and
// the domain and contains no rules.
package api

import (
	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Services are the domain services that the handlers call.
type Services struct {
	Subscriptions *subscription.Service
	Accounts      *account.Service
	Catalogue     *catalogue.Service
	Organisations *organisation.Service
	// Sealer seals the page tokens.
	Sealer aip.Sealer
}

// Register adds the native services to a server.
func Register(registrar grpc.ServiceRegistrar, services Services) {
	pb.RegisterSubscriptionServiceServer(registrar, &subscriptionServer{service: services.Subscriptions, sealer: services.Sealer})
	pb.RegisterSubscriptionActionServiceServer(registrar, &actionServer{service: services.Subscriptions, sealer: services.Sealer})
	pb.RegisterSettingsServiceServer(registrar, &settingsServer{service: services.Subscriptions})
	pb.RegisterAccountServiceServer(registrar, &accountServer{service: services.Accounts, sealer: services.Sealer})
	pb.RegisterContactServiceServer(registrar, &contactServer{service: services.Accounts, sealer: services.Sealer})
	pb.RegisterAccountClassificationServiceServer(registrar, &accountClassificationServer{service: services.Catalogue, sealer: services.Sealer})
	pb.RegisterActionTypeServiceServer(registrar, &actionTypeServer{service: services.Catalogue, sealer: services.Sealer})
	pb.RegisterBillingTermSchemeServiceServer(registrar, &billingTermSchemeServer{service: services.Catalogue, sealer: services.Sealer})
	pb.RegisterCatalogueServiceServer(registrar, &catalogueServer{service: services.Catalogue, sealer: services.Sealer})
	pb.RegisterOrganisationServiceServer(registrar, &organisationServer{service: services.Organisations, sealer: services.Sealer})
}
