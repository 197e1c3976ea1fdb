package gateway

import (
	"context"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	subscriptionv1 "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
)

// backend is one service process and its gRPC services.
type backend struct {
	name string
	conn grpc.ClientConnInterface
	// services are the gRPC services with vendor paths or native ones, which are mounted below
	// /<name> like the shared services.
	services []service
}

// shared lists the gRPC services that every backend offers.
var shared = []service{
	transcoded(changesv1.ChangeService_ServiceDesc, changesv1.NewChangeServiceClient, changesv1.RegisterChangeServiceHandlerClient),
	transcoded(webhooksv1.WebhookService_ServiceDesc, webhooksv1.NewWebhookServiceClient, webhooksv1.RegisterWebhookServiceHandlerClient),
	transcoded(searchv1.SearchService_ServiceDesc, searchv1.NewSearchServiceClient, searchv1.RegisterSearchServiceHandlerClient),
}

// prefix returns what precedes the native paths of the backend's services.
func (b backend) prefix() string {
	if b.name == "" {
		return ""
	}
	return "/" + b.name
}

// service is one gRPC service and, for the native API, the function that registers its paths.
type service struct {
	name     protoreflect.FullName
	register func(context.Context, *runtime.ServeMux, grpc.ClientConnInterface) error
}

// ofContract returns a service of a contract.
func ofContract(description grpc.ServiceDesc) service {
	return service{name: protoreflect.FullName(description.ServiceName)}
}

// transcoded returns a service of the native API whose generated handlers call it through a client, so that the
// server's interceptors run.
func transcoded[Client any](
	description grpc.ServiceDesc,
	client func(grpc.ClientConnInterface) Client,
	register func(context.Context, *runtime.ServeMux, Client) error,
) service {
	return service{
		name: protoreflect.FullName(description.ServiceName),
		register: func(ctx context.Context, mux *runtime.ServeMux, conn grpc.ClientConnInterface) error {
			return register(ctx, mux, client(conn))
		},
	}
}

// backendsOf lists all gRPC services that have REST paths.
func backendsOf(config Config) []backend {
	return []backend{
		{
			name: "customer-recurrence", conn: config.CustomerRecurrence,
			services: []service{
				ofContract(dynamicsv1.RecurrenceService_ServiceDesc),
				ofContract(dynamicsv1.CustomerService_ServiceDesc),
				ofContract(dynamicsv1.GrantorService_ServiceDesc),
				transcoded(customerrecurrencev1.CustomerService_ServiceDesc, customerrecurrencev1.NewCustomerServiceClient, customerrecurrencev1.RegisterCustomerServiceHandlerClient),
				transcoded(customerrecurrencev1.PackageService_ServiceDesc, customerrecurrencev1.NewPackageServiceClient, customerrecurrencev1.RegisterPackageServiceHandlerClient),
				transcoded(customerrecurrencev1.ServiceService_ServiceDesc, customerrecurrencev1.NewServiceServiceClient, customerrecurrencev1.RegisterServiceServiceHandlerClient),
				transcoded(customerrecurrencev1.RecurrenceService_ServiceDesc, customerrecurrencev1.NewRecurrenceServiceClient, customerrecurrencev1.RegisterRecurrenceServiceHandlerClient),
				transcoded(customerrecurrencev1.RecurrenceChangeService_ServiceDesc, customerrecurrencev1.NewRecurrenceChangeServiceClient, customerrecurrencev1.RegisterRecurrenceChangeServiceHandlerClient),
				transcoded(customerrecurrencev1.UsageService_ServiceDesc, customerrecurrencev1.NewUsageServiceClient, customerrecurrencev1.RegisterUsageServiceHandlerClient),
				transcoded(customerrecurrencev1.RecurrenceSettingsService_ServiceDesc, customerrecurrencev1.NewRecurrenceSettingsServiceClient, customerrecurrencev1.RegisterRecurrenceSettingsServiceHandlerClient),
			},
		},
		{
			name: "subscription", conn: config.Subscription,
			services: []service{
				ofContract(crmcomv2.AuthenticationService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionsService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionReadsService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionActionsService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionServicesService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionCreationService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionOffersService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionReplacementService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionBillingTermsService_ServiceDesc),
				ofContract(crmcomv2.SubscriptionInstalledItemsService_ServiceDesc),
				transcoded(subscriptionv1.BillingTermSchemeService_ServiceDesc, subscriptionv1.NewBillingTermSchemeServiceClient, subscriptionv1.RegisterBillingTermSchemeServiceHandlerClient),
				transcoded(subscriptionv1.AccountClassificationService_ServiceDesc, subscriptionv1.NewAccountClassificationServiceClient, subscriptionv1.RegisterAccountClassificationServiceHandlerClient),
				transcoded(subscriptionv1.ActionTypeService_ServiceDesc, subscriptionv1.NewActionTypeServiceClient, subscriptionv1.RegisterActionTypeServiceHandlerClient),
				transcoded(subscriptionv1.ContactService_ServiceDesc, subscriptionv1.NewContactServiceClient, subscriptionv1.RegisterContactServiceHandlerClient),
				transcoded(subscriptionv1.SettingsService_ServiceDesc, subscriptionv1.NewSettingsServiceClient, subscriptionv1.RegisterSettingsServiceHandlerClient),
				transcoded(subscriptionv1.SubscriptionActionService_ServiceDesc, subscriptionv1.NewSubscriptionActionServiceClient, subscriptionv1.RegisterSubscriptionActionServiceHandlerClient),
				transcoded(subscriptionv1.AccountService_ServiceDesc, subscriptionv1.NewAccountServiceClient, subscriptionv1.RegisterAccountServiceHandlerClient),
				transcoded(subscriptionv1.CatalogueService_ServiceDesc, subscriptionv1.NewCatalogueServiceClient, subscriptionv1.RegisterCatalogueServiceHandlerClient),
				transcoded(subscriptionv1.OrganisationService_ServiceDesc, subscriptionv1.NewOrganisationServiceClient, subscriptionv1.RegisterOrganisationServiceHandlerClient),
				transcoded(subscriptionv1.SubscriptionService_ServiceDesc, subscriptionv1.NewSubscriptionServiceClient, subscriptionv1.RegisterSubscriptionServiceHandlerClient),
			},
		},
		{
			name: "recurring-billing", conn: config.RecurringBilling,
			services: []service{
				ofContract(sedonav1.CustomerRecurringService_ServiceDesc),
				ofContract(sedonav1.CustomerBillService_ServiceDesc),
				ofContract(sedonav1.CustomerInvoiceService_ServiceDesc),
				ofContract(sedonav1.ItemService_ServiceDesc),
				ofContract(sedonav1.MasterAccountService_ServiceDesc),
				transcoded(recurringbillingv1.BillToService_ServiceDesc, recurringbillingv1.NewBillToServiceClient, recurringbillingv1.RegisterBillToServiceHandlerClient),
				transcoded(recurringbillingv1.BillingProfileService_ServiceDesc, recurringbillingv1.NewBillingProfileServiceClient, recurringbillingv1.RegisterBillingProfileServiceHandlerClient),
				transcoded(recurringbillingv1.BillingScheduleService_ServiceDesc, recurringbillingv1.NewBillingScheduleServiceClient, recurringbillingv1.RegisterBillingScheduleServiceHandlerClient),
				transcoded(recurringbillingv1.ChargeService_ServiceDesc, recurringbillingv1.NewChargeServiceClient, recurringbillingv1.RegisterChargeServiceHandlerClient),
				transcoded(recurringbillingv1.CreditNoteService_ServiceDesc, recurringbillingv1.NewCreditNoteServiceClient, recurringbillingv1.RegisterCreditNoteServiceHandlerClient),
				transcoded(recurringbillingv1.RateIncreaseService_ServiceDesc, recurringbillingv1.NewRateIncreaseServiceClient, recurringbillingv1.RegisterRateIncreaseServiceHandlerClient),
				transcoded(recurringbillingv1.RevenueService_ServiceDesc, recurringbillingv1.NewRevenueServiceClient, recurringbillingv1.RegisterRevenueServiceHandlerClient),
				transcoded(recurringbillingv1.CycleRunService_ServiceDesc, recurringbillingv1.NewCycleRunServiceClient, recurringbillingv1.RegisterCycleRunServiceHandlerClient),
				transcoded(recurringbillingv1.InvoiceService_ServiceDesc, recurringbillingv1.NewInvoiceServiceClient, recurringbillingv1.RegisterInvoiceServiceHandlerClient),
				transcoded(recurringbillingv1.ItemService_ServiceDesc, recurringbillingv1.NewItemServiceClient, recurringbillingv1.RegisterItemServiceHandlerClient),
				transcoded(recurringbillingv1.MasterAccountService_ServiceDesc, recurringbillingv1.NewMasterAccountServiceClient, recurringbillingv1.RegisterMasterAccountServiceHandlerClient),
				transcoded(recurringbillingv1.RecurringLineService_ServiceDesc, recurringbillingv1.NewRecurringLineServiceClient, recurringbillingv1.RegisterRecurringLineServiceHandlerClient),
			},
		},
	}
}
