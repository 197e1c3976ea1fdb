package crmcom

import (
	"context"
	"fmt"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// services serves crmcom.v2.SubscriptionServicesService.
type services struct {
	crmcomv2.UnimplementedSubscriptionServicesServiceServer
	actions *actions
}

// AddServices adds services to a subscription.
func (s *services) AddServices(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.AddService, lifecycle.AddService, lifecycle.AddServiceAsDraft)
}

// StartServices starts services of a subscription that are drafts.
func (s *services) StartServices(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.StartService, lifecycle.StartService)
}

// CancelServices cancels services of a subscription, or undoes the addition of drafts.
func (s *services) CancelServices(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.CancelService, lifecycle.CancelService, lifecycle.UndoAddService)
}

// RegretServices ends services of a subscription within their cooling-off days.
func (s *services) RegretServices(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.RegretService, lifecycle.RegretService)
}

// SwapServices swaps services of a subscription for others.
func (s *services) SwapServices(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, "", lifecycle.UpgradeService, lifecycle.DowngradeService, lifecycle.SwitchService)
}

// act does what a request asks for. usual is the operation without a business classification code, or empty if there must
// be one; it is one of known.
func (s *services) act(ctx context.Context, request *crmcomv2.SubscriptionServicesRequest, usual lifecycle.Operation, known ...lifecycle.Operation) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.actions.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	const field = "business_classification_code"
	operation, err := codeOf(field, request.GetBusinessClassificationCode(), known)
	if err != nil {
		return nil, err
	}
	if operation == "" {
		operation = usual
	}
	if operation == "" {
		return nil, fault.Required(field)
	}
	order, err := orderOf(request, operation, answer.calendar)
	if err != nil {
		return nil, err
	}
	if len(request.GetServicesSet()) == 0 {
		return nil, fault.Required("services_set")
	}
	for i, entry := range request.GetServicesSet() {
		order.Services = append(order.Services, serviceOrderOf(fmt.Sprintf("services_set[%d]", i), operation, entry))
	}
	return s.actions.submit(ctx, order, answer)
}

// serviceOrderOf returns what an entry asks to be done with a service.
func serviceOrderOf(path string, operation lifecycle.Operation, entry *crmcomv2.ServiceParameter) subscription.ServiceOrder {
	asked := subscription.ServiceOrder{Field: path}
	switch {
	case operation.Adds():
		asked.Product = productReference(path, entry.GetServiceIdentifier())
		asked.ComponentsField, asked.Components = componentReferences(path, entry.GetComponentsSet())
	case operation.Swaps():
		from := entry.GetFromService()
		asked.Present = presentOf(path+".from_service", from.GetSubscriptionServiceId(), from.GetServiceIdentifier())
		asked.Field = path + ".to_service"
		asked.Product = productReference(asked.Field, entry.GetToService().GetServiceIdentifier())
		asked.ComponentsField, asked.Components = componentReferences(asked.Field, entry.GetToService().GetComponentsSet())
	default:
		asked.Present = presentOf(path, entry.GetSubscriptionServiceId(), entry.GetServiceIdentifier())
	}
	return asked
}

func presentOf(path, id string, of *crmcomv2.ServiceIdentifier) subscription.PartUpdate {
	return subscription.PartUpdate{Field: path, IDField: "subscription_service_id", ID: id, Of: productReference(path, of)}
}
