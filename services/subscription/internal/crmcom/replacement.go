package crmcom

import (
	"context"
	"fmt"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// replacement serves crmcom.v2.SubscriptionReplacementService.
type replacement struct {
	crmcomv2.UnimplementedSubscriptionReplacementServiceServer
	actions *actions
}

// ReplaceSubscription replaces a subscription by a new one of another type.
func (s *replacement) ReplaceSubscription(ctx context.Context, request *crmcomv2.ReplaceSubscriptionRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.actions.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	if request.GetBusinessClassificationCode() == "" {
		return nil, fault.Required(subscription.FieldClassification)
	}
	operation, err := readCode(subscription.FieldClassification, request.GetBusinessClassificationCode(), lifecycle.Replacements...)
	if err != nil {
		return nil, err
	}
	order, err := orderOf(request, operation, answer.calendar)
	if err != nil {
		return nil, err
	}
	if order.ReplacementType = typeReference(subscription.FieldReplacementType, request.GetReplacedByTypeIdentifier()); order.ReplacementType == nil {
		return nil, fault.Required(subscription.FieldReplacementType)
	}
	for i, entry := range request.GetServicesSet() {
		path, by := fmt.Sprintf("services_set[%d]", i), lifecycle.AddService
		swaps := entry.GetFromService() != nil || entry.GetToService() != nil
		if swaps {
			by = lifecycle.SwitchService
		}
		if swaps && (entry.GetServiceIdentifier() != nil || len(entry.GetComponentsSet()) > 0) || !swaps && entry.GetSubscriptionServiceId() != "" {
			return nil, fault.InvalidField(path, reason.Inconsistent,
				"must be a swap, with from_service and to_service, or an addition, with service_identifier and components_set, and nothing else")
		}
		asked := serviceOrderOf(path, by, entry)
		asked.Swaps = swaps
		order.Services = append(order.Services, asked)
	}
	return s.actions.submit(ctx, order, answer)
}
