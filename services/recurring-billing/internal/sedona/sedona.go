// Package sedona serves Sedona's contract, sedona.v1. It only translates between the vendor's
// messages and the domain.
package sedona

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

type handlers struct {
	pb.UnimplementedCustomerRecurringServiceServer
	pb.UnimplementedItemServiceServer
	pb.UnimplementedMasterAccountServiceServer
	pb.UnimplementedCustomerBillServiceServer
	pb.UnimplementedCustomerInvoiceServiceServer
	catalogue *catalogue.Service
	lines     *line.Service
	invoices  *invoice.Service
	documents *invoice.DocumentService
}

// Services are what the vendor's contract needs of the domain.
type Services struct {
	Catalogue *catalogue.Service
	Lines     *line.Service
	Invoices  *invoice.Service
	Documents *invoice.DocumentService
}

// Register registers the vendor's contract on a gRPC server.
func Register(registrar grpc.ServiceRegistrar, services Services) {
	h := &handlers{catalogue: services.Catalogue, lines: services.Lines, invoices: services.Invoices, documents: services.Documents}
	pb.RegisterCustomerRecurringServiceServer(registrar, h)
	pb.RegisterItemServiceServer(registrar, h)
	pb.RegisterMasterAccountServiceServer(registrar, h)
	pb.RegisterCustomerBillServiceServer(registrar, h)
	pb.RegisterCustomerInvoiceServiceServer(registrar, h)
}

// ListItems lists all items, sorted by code.
func (h *handlers) ListItems(ctx context.Context, _ *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	items, err := h.catalogue.Items(ctx, listing.Query{})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(items, func(a, b catalogue.Item) int { return cmp.Compare(a.Code, b.Code) })
	response := &pb.ListItemsResponse{}
	for _, item := range items {
		response.Items = append(response.Items, itemMessage(item))
	}
	return response, nil
}

func itemMessage(item catalogue.Item) *pb.Item {
	return &pb.Item{
		ItemId:            new(int32(item.ID)),
		ItemCode:          new(string(item.Code)),
		Description:       new(item.Description),
		Taxable:           new(item.Taxable),
		DefaultRate:       gtype.Decimal(item.DefaultRate.Value),
		CategoryCode:      unlessEmpty(item.CategoryCode),
		NonDeferredIncome: new(item.NonDeferredIncome),
		SalesItem:         new(item.SalesItem),
		DefaultCost:       gtype.Decimal(item.DefaultCost.Value),
		ServiceItem:       new(item.ServiceItem),
		Inactive:          new(item.Inactive),
	}
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
