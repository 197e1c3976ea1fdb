package gateway

import (
	"context"
	"fmt"
	"slices"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	subscriptionv1 "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// backend is one service's process and the gRPC services it offers.
type backend struct {
	name   string
	conn   grpc.ClientConnInterface
	vendor []service // on the vendor's own paths
	native []service // below /<name>, beside the shared services
}

// mount is where gRPC services stand: the prefix of their paths over what their protos say, and the services.
type mount struct {
	prefix   string
	services []service
}

// mounts are a backend's.
func (b backend) mounts() []mount {
	return []mount{{"", b.vendor}, {"/" + b.name, slices.Concat(b.native, shared)}}
}

// shared are the gRPC services that every backend offers for its own resources.
var shared = []service{
	transcoded(changesv1.ChangeService_ServiceDesc, changesv1.NewChangeServiceClient, changesv1.RegisterChangeServiceHandlerClient),
	transcoded(webhooksv1.WebhookService_ServiceDesc, webhooksv1.NewWebhookServiceClient, webhooksv1.RegisterWebhookServiceHandlerClient),
}

// service is one gRPC service and how the mux learns its paths.
type service struct {
	name     protoreflect.FullName
	register func(context.Context, *runtime.ServeMux, grpc.ClientConnInterface) error
}

// transcoded is a service whose generated handlers call it through a client, so that its interceptors run.
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

type backends []backend

// backendsOf is the whole API: a gRPC service that is not listed here has no REST path.
func backendsOf(config Config) backends {
	return backends{
		{
			name: "customer-recurrence", conn: config.CustomerRecurrence,
			vendor: []service{
				transcoded(dynamicsv1.RecurrenceService_ServiceDesc, dynamicsv1.NewRecurrenceServiceClient, dynamicsv1.RegisterRecurrenceServiceHandlerClient),
			},
			native: []service{
				transcoded(customerrecurrencev1.CustomerService_ServiceDesc, customerrecurrencev1.NewCustomerServiceClient, customerrecurrencev1.RegisterCustomerServiceHandlerClient),
				transcoded(customerrecurrencev1.PackageService_ServiceDesc, customerrecurrencev1.NewPackageServiceClient, customerrecurrencev1.RegisterPackageServiceHandlerClient),
				transcoded(customerrecurrencev1.RecurrenceService_ServiceDesc, customerrecurrencev1.NewRecurrenceServiceClient, customerrecurrencev1.RegisterRecurrenceServiceHandlerClient),
			},
		},
		{
			name: "subscription", conn: config.Subscription,
			vendor: []service{
				transcoded(crmcomv2.AuthenticationService_ServiceDesc, crmcomv2.NewAuthenticationServiceClient, crmcomv2.RegisterAuthenticationServiceHandlerClient),
				transcoded(crmcomv2.SubscriptionsService_ServiceDesc, crmcomv2.NewSubscriptionsServiceClient, crmcomv2.RegisterSubscriptionsServiceHandlerClient),
			},
			native: []service{
				transcoded(subscriptionv1.AccountService_ServiceDesc, subscriptionv1.NewAccountServiceClient, subscriptionv1.RegisterAccountServiceHandlerClient),
				transcoded(subscriptionv1.CatalogueService_ServiceDesc, subscriptionv1.NewCatalogueServiceClient, subscriptionv1.RegisterCatalogueServiceHandlerClient),
				transcoded(subscriptionv1.OrganisationService_ServiceDesc, subscriptionv1.NewOrganisationServiceClient, subscriptionv1.RegisterOrganisationServiceHandlerClient),
				transcoded(subscriptionv1.SubscriptionService_ServiceDesc, subscriptionv1.NewSubscriptionServiceClient, subscriptionv1.RegisterSubscriptionServiceHandlerClient),
			},
		},
		{
			name: "recurring-billing", conn: config.RecurringBilling,
			vendor: []service{
				transcoded(sedonav1.CustomerRecurringService_ServiceDesc, sedonav1.NewCustomerRecurringServiceClient, sedonav1.RegisterCustomerRecurringServiceHandlerClient),
				transcoded(sedonav1.ItemService_ServiceDesc, sedonav1.NewItemServiceClient, sedonav1.RegisterItemServiceHandlerClient),
				transcoded(sedonav1.MasterAccountService_ServiceDesc, sedonav1.NewMasterAccountServiceClient, sedonav1.RegisterMasterAccountServiceHandlerClient),
			},
			native: []service{
				transcoded(recurringbillingv1.BillToService_ServiceDesc, recurringbillingv1.NewBillToServiceClient, recurringbillingv1.RegisterBillToServiceHandlerClient),
				transcoded(recurringbillingv1.BillingProfileService_ServiceDesc, recurringbillingv1.NewBillingProfileServiceClient, recurringbillingv1.RegisterBillingProfileServiceHandlerClient),
				transcoded(recurringbillingv1.BillingScheduleService_ServiceDesc, recurringbillingv1.NewBillingScheduleServiceClient, recurringbillingv1.RegisterBillingScheduleServiceHandlerClient),
				transcoded(recurringbillingv1.CreditNoteService_ServiceDesc, recurringbillingv1.NewCreditNoteServiceClient, recurringbillingv1.RegisterCreditNoteServiceHandlerClient),
				transcoded(recurringbillingv1.InsightService_ServiceDesc, recurringbillingv1.NewInsightServiceClient, recurringbillingv1.RegisterInsightServiceHandlerClient),
				transcoded(recurringbillingv1.CycleRunService_ServiceDesc, recurringbillingv1.NewCycleRunServiceClient, recurringbillingv1.RegisterCycleRunServiceHandlerClient),
				transcoded(recurringbillingv1.InvoiceService_ServiceDesc, recurringbillingv1.NewInvoiceServiceClient, recurringbillingv1.RegisterInvoiceServiceHandlerClient),
				transcoded(recurringbillingv1.ItemService_ServiceDesc, recurringbillingv1.NewItemServiceClient, recurringbillingv1.RegisterItemServiceHandlerClient),
				transcoded(recurringbillingv1.MasterAccountService_ServiceDesc, recurringbillingv1.NewMasterAccountServiceClient, recurringbillingv1.RegisterMasterAccountServiceHandlerClient),
				transcoded(recurringbillingv1.RecurringLineService_ServiceDesc, recurringbillingv1.NewRecurringLineServiceClient, recurringbillingv1.RegisterRecurringLineServiceHandlerClient),
			},
		},
	}
}

// muxes are the transcoders of all services, by the prefix of their paths.
func (all backends) muxes(ctx context.Context, make func() *runtime.ServeMux) (map[string]*runtime.ServeMux, error) {
	made := map[string]*runtime.ServeMux{}
	for _, backend := range all {
		for _, mount := range backend.mounts() {
			mux, has := made[mount.prefix]
			if !has {
				mux = make()
				made[mount.prefix] = mux
			}
			for _, service := range mount.services {
				if err := service.register(ctx, mux, backend.conn); err != nil {
					return nil, fmt.Errorf("registering the paths of %s: %w", service.name, err)
				}
			}
		}
	}
	return made, nil
}

// routes are the paths of all services that are offered.
func (all backends) routes(offered func(*route.Route) bool) (*route.Table, error) {
	var chosen []*route.Route
	for _, backend := range all {
		for _, mount := range backend.mounts() {
			for _, service := range mount.services {
				routes, err := route.FromService(service.name, mount.prefix)
				if err != nil {
					return nil, err
				}
				for _, candidate := range routes {
					if offered(candidate) {
						chosen = append(chosen, candidate)
					}
				}
			}
		}
	}
	return route.NewTable(chosen), nil
}
