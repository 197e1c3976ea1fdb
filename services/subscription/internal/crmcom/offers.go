package crmcom

import (
	"context"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// offers serves crmcom.v2.SubscriptionOffersService.
type offers struct {
	crmcomv2.UnimplementedSubscriptionOffersServiceServer
	service  *subscription.Service
	sessions *organisation.Service
}

// ListAddableServices lists the services that can be added to a subscription.
func (s *offers) ListAddableServices(ctx context.Context, request *crmcomv2.ListAddableServicesRequest) (*crmcomv2.ListAddableServicesResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	found, err := s.service.Addable(auth.With(ctx, by), targetOf(request))
	if err != nil {
		return nil, err
	}
	var asked []*crmcomv2.OfferedService
	for _, offered := range found {
		if request.Mandatory == nil || request.GetMandatory() == offered.Mandatory {
			asked = append(asked, offeredOf(offered))
		}
	}
	return &crmcomv2.ListAddableServicesResponse{Status: plainStatus(), Data: pageOf(asked, request)}, nil
}

// ListSwappableServices lists the services that can take the place of one of a subscription.
func (s *offers) ListSwappableServices(ctx context.Context, request *crmcomv2.ListSwappableServicesRequest) (*crmcomv2.ListSwappableServicesResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	operation, err := readCode("business_classification_code", request.GetBusinessClassificationCode(),
		lifecycle.UpgradeService, lifecycle.DowngradeService, lifecycle.SwitchService)
	if err != nil {
		return nil, err
	}
	if operation == "" {
		operation = lifecycle.SwitchService
	}
	const service = "subscription_service_id"
	if request.GetSubscriptionServiceId() == "" {
		return nil, fault.Required(service)
	}
	found, err := s.service.Swappable(auth.With(ctx, by), targetOf(request), subscription.PartUpdate{Field: service, ID: request.GetSubscriptionServiceId()}, operation)
	if err != nil {
		return nil, err
	}
	response := &crmcomv2.ListSwappableServicesResponse{Status: plainStatus()}
	for _, offered := range pageOf(found, request) {
		response.Data = append(response.Data, offeredOf(offered))
	}
	return response, nil
}

// ListBillingTermSchemes lists the billing term schemes that can be given to subscriptions.
func (s *offers) ListBillingTermSchemes(ctx context.Context, request *crmcomv2.ListBillingTermSchemesRequest) (*crmcomv2.ListBillingTermSchemesResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	found, err := s.service.Schemes(auth.With(ctx, by), typeReference(typeField, request.GetTypeIdentifier()))
	if err != nil {
		return nil, err
	}
	response := &crmcomv2.ListBillingTermSchemesResponse{Status: plainStatus()}
	for _, scheme := range pageOf(found, request) {
		response.Data = append(response.Data, schemeOf(scheme))
	}
	return response, nil
}

// PreviewBill tells what a subscription will be billed.
func (s *offers) PreviewBill(ctx context.Context, request *crmcomv2.PreviewBillRequest) (*crmcomv2.PreviewBillResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	if request.GetAsOfDate() == "" {
		return nil, fault.Required(subscription.FieldAsOf)
	}
	local, err := readDateTime(subscription.FieldAsOf, request.GetAsOfDate())
	if err != nil {
		return nil, err
	}
	bill, err := s.service.PreviewBill(auth.With(ctx, by), targetOf(request), date.Of(local))
	if err != nil {
		return nil, err
	}
	message := &crmcomv2.BillPreview{AsOfDate: day(bill.AsOf), Currency: text(bill.Currency), Total: gtype.Decimal(bill.Total)}
	for _, line := range bill.Lines {
		billed := &crmcomv2.BilledService{
			SubscriptionServiceId: text(line.Service), Product: serviceProductOf(line.Product), FromDate: day(line.From), ToDate: day(line.Until),
			Cycles: number(int32(line.Cycles)),
		}
		if line.Amount != nil {
			billed.Amount = gtype.Decimal(*line.Amount)
		}
		message.ServicesSet = append(message.ServicesSet, billed)
	}
	return &crmcomv2.PreviewBillResponse{Status: plainStatus(), Data: message}, nil
}

func offeredOf(offered subscription.Offered) *crmcomv2.OfferedService {
	mandatory := "OPTIONAL"
	if offered.Mandatory {
		mandatory = "MANDATORY"
	}
	return &crmcomv2.OfferedService{Id: text(offered.Product.ID), Mandatory: proto.String(mandatory), Product: serviceProductOf(offered.Product)}
}

func serviceProductOf(product catalogue.Product) *crmcomv2.ServiceProduct {
	return &crmcomv2.ServiceProduct{Id: text(product.ID), Code: text(product.Code), AlternativeCode: text(product.AlternativeCode), Name: text(product.Name)}
}
