// Package sedona serves Sedona's contract, sedona.v1. It translates between the vendor's messages and the domain and
// decides nothing.
package sedona

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/page"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

type handlers struct {
	pb.UnimplementedCustomerRecurringServiceServer
	pb.UnimplementedItemServiceServer
	pb.UnimplementedMasterAccountServiceServer
	catalogue *catalogue.Service
	lines     *line.Service
}

// Register adds the vendor's contract to a gRPC server.
func Register(registrar grpc.ServiceRegistrar, items *catalogue.Service, lines *line.Service) {
	h := &handlers{catalogue: items, lines: lines}
	pb.RegisterCustomerRecurringServiceServer(registrar, h)
	pb.RegisterItemServiceServer(registrar, h)
	pb.RegisterMasterAccountServiceServer(registrar, h)
}

// ListItems reads all items, in the order of their codes.
func (h *handlers) ListItems(ctx context.Context, _ *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	items, err := all(func(after catalogue.ItemID, limit int) ([]catalogue.Item, error) {
		return h.catalogue.Items(ctx, after, limit)
	},
		func(i catalogue.Item) catalogue.ItemID { return i.ID })
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

// all reads every page of resources, which are listed by number.
func all[N ~int32, R any](read func(after N, limit int) ([]R, error), number func(R) N) (resources []R, err error) {
	for after := N(0); ; {
		batch, err := read(after, page.MaxSize)
		if err != nil {
			return nil, err
		}
		resources = append(resources, batch...)
		if len(batch) < page.MaxSize {
			return resources, nil
		}
		after = number(batch[len(batch)-1])
	}
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
