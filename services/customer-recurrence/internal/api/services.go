package api

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

type soldServices struct {
	customerrecurrencev1.UnimplementedServiceServiceServer
	service *catalogue.Service
	sealer  aip.Sealer
}

// CreateService adds a service.
func (h *soldServices) CreateService(ctx context.Context, request *customerrecurrencev1.CreateServiceRequest) (*customerrecurrencev1.Service, error) {
	wanted, err := newService(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreateService(ctx, wanted)
	return respond(created, err, soldMessage)
}

func newService(request *customerrecurrencev1.CreateServiceRequest) (catalogue.Sold, error) {
	id, err := chosenID[catalogue.ServiceID]("service_id", request.GetServiceId())
	wanted := catalogue.Sold{ID: id}
	if err != nil {
		return wanted, err
	}
	return wanted, readService(request.GetService(), &wanted)
}

// readService copies the fields that callers can set from a message into a service.
func readService(m *customerrecurrencev1.Service, into *catalogue.Sold) (err error) {
	into.DisplayName, into.Unit, into.Inactive = m.GetDisplayName(), m.GetUnit(), m.GetInactive()
	if into.Prices, err = pricesOf("service.", m.GetPrices()); err != nil {
		return err
	}
	into.Versions, err = soldVersionsOf(m.GetVersions())
	return err
}

// GetService returns one service.
func (h *soldServices) GetService(ctx context.Context, request *customerrecurrencev1.GetServiceRequest) (*customerrecurrencev1.Service, error) {
	id, err := resourcename.ID[catalogue.ServiceID](serviceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.service.GetService(ctx, id)
	return respond(found, err, soldMessage)
}

// BatchGetServices returns soldServices in the order of their names.
func (h *soldServices) BatchGetServices(ctx context.Context, request *customerrecurrencev1.BatchGetServicesRequest) (*customerrecurrencev1.BatchGetServicesResponse, error) {
	found, err := aip.BatchGet(ctx, serviceList.ByName, request.GetNames(), h.service.ListServices, infallible(soldMessage))
	return &customerrecurrencev1.BatchGetServicesResponse{Services: found}, err
}

// ListServices returns a page of soldServices.
func (h *soldServices) ListServices(ctx context.Context, request *customerrecurrencev1.ListServicesRequest) (*customerrecurrencev1.ListServicesResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, serviceList, request, h.service.ListServices, infallible(soldMessage))
	if err != nil {
		return nil, err
	}
	return &customerrecurrencev1.ListServicesResponse{Services: found, NextPageToken: next}, nil
}

// UpdateService corrects a service.
func (h *soldServices) UpdateService(ctx context.Context, request *customerrecurrencev1.UpdateServiceRequest) (*customerrecurrencev1.Service, error) {
	sent := request.GetService()
	id, err := resourcename.ID[catalogue.ServiceID](serviceNames, "service.name", sent.GetName())
	if err != nil {
		return nil, err
	}
	updated, err := h.service.UpdateService(ctx, id, sent.GetEtag(), func(sold *catalogue.Sold) error {
		merged, err := fieldmask.Merge(soldMessage(*sold), sent, request.GetUpdateMask())
		if err != nil {
			return err
		}
		return readService(merged, sold)
	})
	return respond(updated, err, soldMessage)
}

// DeleteService removes a service that nothing names.
func (h *soldServices) DeleteService(ctx context.Context, request *customerrecurrencev1.DeleteServiceRequest) (*emptypb.Empty, error) {
	id, err := resourcename.ID[catalogue.ServiceID](serviceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, h.service.DeleteService(ctx, id, request.GetEtag())
}

func soldMessage(sold catalogue.Sold) *customerrecurrencev1.Service {
	return &customerrecurrencev1.Service{
		Name: serviceNames.Format(sold.ID), DisplayName: sold.DisplayName, Unit: sold.Unit, Prices: messagesOf(sold.Prices, priceMessage),
		Versions: messagesOf(sold.Versions, soldVersionMessage),
		Inactive: sold.Inactive, Etag: sold.Etag(), CreateTime: timestamppb.New(sold.CreateTime), UpdateTime: timestamppb.New(sold.UpdateTime),
	}
}
