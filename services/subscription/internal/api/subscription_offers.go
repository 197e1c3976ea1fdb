package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// FindAddableServices returns the services that can be added to a subscription.
func (s *subscriptionServer) FindAddableServices(ctx context.Context, request *pb.FindAddableServicesRequest) (*pb.FindAddableServicesResponse, error) {
	target, err := targetOf(request.GetName())
	if err != nil {
		return nil, err
	}
	offered, err := s.service.Addable(ctx, target)
	if err != nil {
		return nil, err
	}
	response := &pb.FindAddableServicesResponse{}
	for _, one := range offered {
		if request.Mandatory == nil || request.GetMandatory() == one.Mandatory {
			response.Services = append(response.Services, offeredMessage(one))
		}
	}
	return response, nil
}

// comparisons are the operations by which a swap is compared.
var comparisons = map[pb.FindSwappableServicesRequest_Comparison]lifecycle.Operation{
	pb.FindSwappableServicesRequest_COMPARISON_UNSPECIFIED: lifecycle.SwitchService,
	pb.FindSwappableServicesRequest_COMPARISON_UPGRADE:     lifecycle.UpgradeService,
	pb.FindSwappableServicesRequest_COMPARISON_DOWNGRADE:   lifecycle.DowngradeService,
}

// FindSwappableServices returns the services that can take the place of one of a subscription.
func (s *subscriptionServer) FindSwappableServices(ctx context.Context, request *pb.FindSwappableServicesRequest) (*pb.FindSwappableServicesResponse, error) {
	target, err := targetOf(request.GetName())
	if err != nil {
		return nil, err
	}
	service := subscription.PartUpdate{Field: "service_id", ID: request.GetServiceId()}
	offered, err := s.service.Swappable(ctx, target, service, comparisons[request.GetComparison()])
	if err != nil {
		return nil, err
	}
	response := &pb.FindSwappableServicesResponse{}
	for _, one := range offered {
		response.Services = append(response.Services, offeredMessage(one))
	}
	return response, nil
}

// PreviewBill returns what a subscription will be billed.
func (s *subscriptionServer) PreviewBill(ctx context.Context, request *pb.PreviewBillRequest) (*pb.PreviewBillResponse, error) {
	target, err := targetOf(request.GetName())
	if err != nil {
		return nil, err
	}
	var r reading
	asOf := r.date(subscription.FieldAsOf, request.GetAsOfDate())
	if err := r.Err(); err != nil {
		return nil, err
	}
	bill, err := s.service.PreviewBill(ctx, target, asOf)
	if err != nil {
		return nil, err
	}
	message := &pb.PreviewBillResponse{AsOfDate: gtype.Date(bill.AsOf), CurrencyCode: bill.Currency, Total: gtype.Decimal(bill.Total)}
	for _, line := range bill.Lines {
		billed := &pb.BilledService{
			ServiceId: line.Service, Product: productName.Format(line.Product.ID),
			StartDate: gtype.Date(line.From), EndDate: gtype.Date(line.Until), Cycles: int32(line.Cycles),
		}
		if line.Amount != nil {
			billed.Amount = gtype.Decimal(*line.Amount)
		}
		message.Services = append(message.Services, billed)
	}
	return message, nil
}

// targetOf returns the subscription of a request.
func targetOf(name string) (subscription.Target, error) {
	id, err := resourcename.ID[subscription.ID](subscriptionName, "name", name)
	return subscription.Target{Subscription: *byID("name", id)}, err
}

func offeredMessage(offered subscription.Offered) *pb.OfferedService {
	return &pb.OfferedService{
		Product: productName.Format(offered.Product.ID), Code: offered.Product.Code, DisplayName: offered.Product.Name, Mandatory: offered.Mandatory,
	}
}
