// Package sedona serves Sedona's contract, sedona.v1. It translates between the vendor's messages and the domain and
// decides nothing.
package sedona

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/page"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

const (
	// noMasterItem is the vendor's word for a line that stands alone.
	noMasterItem = "N/A"
	// noDate is the vendor's null date.
	noDate = "1899-12-30T00:00:00"
)

type handlers struct {
	pb.UnimplementedCustomerRecurringServiceServer
	pb.UnimplementedItemServiceServer
	service *domain.Service
}

// Register adds the vendor's contract to a gRPC server.
func Register(registrar grpc.ServiceRegistrar, service *domain.Service) {
	h := &handlers{service: service}
	pb.RegisterCustomerRecurringServiceServer(registrar, h)
	pb.RegisterItemServiceServer(registrar, h)
}

// updateFields are the vendor's names of the fields that the domain finds at fault.
var updateFields = map[string]string{
	domain.FieldID:            "customer_recurring_id",
	domain.FieldItem:          "item_code",
	domain.FieldMasterItem:    "master_item_code",
	domain.FieldMasterAccount: "master_account_code",
	domain.FieldBillCycle:     "bill_cycle",
	domain.FieldDescription:   "user_description",
	domain.FieldMemo:          "invoice_item_memo",
	domain.FieldBillTo:        "customer_bill_id",
}

// UpdateCustomerRecurring changes a recurring line. A text that is absent and an empty one mean the same, so that each
// has the default that the vendor's page gives it.
func (h *handlers) UpdateCustomerRecurring(ctx context.Context, request *pb.UpdateCustomerRecurringRequest) (*pb.UpdateCustomerRecurringResponse, error) {
	body := request.GetCustomerRecurringUpdate()
	masterItem := domain.ItemCode(body.GetMasterItemCode())
	if masterItem == noMasterItem {
		masterItem = ""
	}
	_, err := h.service.ChangeLine(ctx, domain.LineID(request.GetId()), domain.LineChange{
		ID:            domain.LineID(body.GetCustomerRecurringId()),
		Item:          new(domain.ItemCode(body.GetItemCode())),
		Description:   new(body.GetUserDescription()),
		MasterItem:    &masterItem,
		MasterAccount: new(domain.MasterAccountCode(body.GetMasterAccountCode())),
		BillCycle:     new(domain.BillCycle(body.GetBillCycle())),
		Memo:          new(body.GetInvoiceItemMemo()),
		BillTo:        new(domain.BillToID(body.GetCustomerBillId())),
	})
	if err != nil {
		return nil, domain.RenameFields(err, func(field string) string { return "customer_recurring_update." + updateFields[field] })
	}
	return &pb.UpdateCustomerRecurringResponse{}, nil
}

// GetCustomerRecurring reads a recurring line.
func (h *handlers) GetCustomerRecurring(ctx context.Context, request *pb.GetCustomerRecurringRequest) (*pb.GetCustomerRecurringResponse, error) {
	line, err := h.service.Line(ctx, domain.LineID(request.GetId()))
	if err != nil {
		return nil, err
	}
	cycleAmount, err := line.CycleAmount()
	if err != nil {
		return nil, err
	}
	return &pb.GetCustomerRecurringResponse{CustomerRecurring: &pb.CustomerRecurring{
		CustomerRecurringId: new(int32(line.ID)),
		CustomerId:          new(int32(line.Customer)),
		CustomerSiteId:      new(int32(line.Site)),
		CustomerSystemId:    new(int32(line.System)),
		CustomerBillId:      new(int32(line.BillTo)),
		ItemCode:            new(string(line.Item)),
		MasterItemCode:      new(cmp.Or(string(line.MasterItem), noMasterItem)),
		MasterAccountCode:   unlessEmpty(string(line.MasterAccount)),
		BillCycle:           new(string(line.BillCycle)),
		UserDescription:     new(line.Description),
		InvoiceItemMemo:     unlessEmpty(line.Memo),
		MonthlyAmount:       gtype.Decimal(line.MonthlyAmount().Value),
		CycleAmount:         gtype.Decimal(cycleAmount.Value),
		CycleStartDate:      dateTime(line.Start),
		NextCycleDate:       dateTime(line.NextCycle),
		CycleEndDate:        dateTime(line.End),
		LastCycleDate:       dateTime(line.LastCycle),
	}}, nil
}

// ListItems reads all items, in the order of their codes.
func (h *handlers) ListItems(ctx context.Context, _ *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	var items []*pb.Item
	for after := domain.ItemID(0); ; {
		batch, err := h.service.Items(ctx, after, page.MaxSize)
		if err != nil {
			return nil, err
		}
		for _, item := range batch {
			items = append(items, itemMessage(item))
			after = item.ID
		}
		if len(batch) < page.MaxSize {
			break
		}
	}
	slices.SortFunc(items, func(a, b *pb.Item) int { return cmp.Compare(a.GetItemCode(), b.GetItemCode()) })
	return &pb.ListItemsResponse{Items: items}, nil
}

func itemMessage(item domain.Item) *pb.Item {
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

// dateTime is midnight of a date as the vendor writes it, the null date for no date.
func dateTime(d date.Date) *string {
	if d.IsZero() {
		return new(noDate)
	}
	return new(d.String() + "T00:00:00")
}

func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
