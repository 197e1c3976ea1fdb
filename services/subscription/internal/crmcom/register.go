// Package crmcom serves CRM.COM's contract over gRPC. It translates between the contract's messages
// and the domain and contains no rules.
package crmcom

import (
	"google.golang.org/grpc"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Register adds the contract's services to a server.
func Register(registrar grpc.ServiceRegistrar, service *subscription.Service, sessions *organisation.Service) {
	crmcomv2.RegisterSubscriptionsServiceServer(registrar, &subscriptions{service: service, sessions: sessions})
	crmcomv2.RegisterSubscriptionReadsServiceServer(registrar, &reads{service: service, sessions: sessions})
	acting := &actions{service: service, sessions: sessions}
	crmcomv2.RegisterSubscriptionActionsServiceServer(registrar, acting)
	crmcomv2.RegisterSubscriptionServicesServiceServer(registrar, &services{actions: acting})
	crmcomv2.RegisterSubscriptionCreationServiceServer(registrar, &creation{actions: acting})
	crmcomv2.RegisterSubscriptionInstalledItemsServiceServer(registrar, &items{actions: acting})
	crmcomv2.RegisterSubscriptionReplacementServiceServer(registrar, &replacement{actions: acting})
	crmcomv2.RegisterSubscriptionBillingTermsServiceServer(registrar, &billingTerms{actions: acting})
	crmcomv2.RegisterSubscriptionOffersServiceServer(registrar, &offers{service: service, sessions: sessions})
	crmcomv2.RegisterAuthenticationServiceServer(registrar, &authentication{service: sessions})
}
