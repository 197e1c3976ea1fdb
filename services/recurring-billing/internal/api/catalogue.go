package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

func itemMessage(i domain.Item) (*pb.Item, error) {
	rate, err := amountMessage(i.DefaultRate)
	if err != nil {
		return nil, err
	}
	cost, err := amountMessage(i.DefaultCost)
	if err != nil {
		return nil, err
	}
	created, updated := timestamps(i.Revision)
	return &pb.Item{
		Name: codeName(items, i.Code), Number: int32(i.ID), Description: i.Description, Taxable: i.Taxable,
		DefaultRate: rate, DefaultCost: cost, CategoryCode: i.CategoryCode, NonDeferredIncome: i.NonDeferredIncome,
		SalesItem: i.SalesItem, ServiceItem: i.ServiceItem, Inactive: i.Inactive,
		CreateTime: created, UpdateTime: updated, Etag: i.Etag(),
	}, nil
}

// readItemMessage reads what a caller can set of an item, but for its code.
func readItemMessage(r *reader, m *pb.Item) domain.Item {
	return domain.Item{
		ID: domain.ItemID(m.GetNumber()), Description: m.GetDescription(), Taxable: m.GetTaxable(),
		DefaultRate: r.amount("default_rate", m.GetDefaultRate()), DefaultCost: r.amount("default_cost", m.GetDefaultCost()),
		CategoryCode: m.GetCategoryCode(), NonDeferredIncome: m.GetNonDeferredIncome(), SalesItem: m.GetSalesItem(),
		ServiceItem: m.GetServiceItem(), Inactive: m.GetInactive(),
	}
}

// readItem reads what a caller can set of a new item.
func readItem(request *pb.CreateItemRequest) (domain.Item, error) {
	var r reader
	item := readItemMessage(&r, request.GetItem())
	item.Code = domain.ItemCode(request.GetItemId())
	return item, inResource(r.err(), "item")
}

// CreateItem creates an item.
func (h *handlers) CreateItem(ctx context.Context, request *pb.CreateItemRequest) (*pb.Item, error) {
	item, err := readItem(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreateItem(ctx, item, request.GetValidateOnly())
	if err != nil {
		return nil, inResource(err, "item")
	}
	return itemMessage(created)
}

// GetItem reads an item.
func (h *handlers) GetItem(ctx context.Context, request *pb.GetItemRequest) (*pb.Item, error) {
	item, err := h.service.Item(ctx, code[domain.ItemCode](items, request.GetName()))
	if err != nil {
		return nil, err
	}
	return itemMessage(item)
}

// ListItems lists items.
func (h *handlers) ListItems(ctx context.Context, request *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	messages, next, err := list(request,
		func(after domain.ItemID, limit int) ([]domain.Item, error) { return h.service.Items(ctx, after, limit) },
		func(i domain.Item) domain.ItemID { return i.ID }, itemMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListItemsResponse{Items: messages, NextPageToken: next}, nil
}

func billToMessage(b domain.BillTo) (*pb.BillTo, error) {
	created, updated := timestamps(b.Revision)
	return &pb.BillTo{
		Name: numberName(billTos, b.ID), CustomerId: int32(b.Customer), DisplayName: b.DisplayName, Address: addressMessage(b.Address),
		CreateTime: created, UpdateTime: updated, Etag: b.Etag(),
	}, nil
}

func addressMessage(a domain.Address) *pb.Address {
	if a == (domain.Address{}) {
		return nil
	}
	message := &pb.Address{
		Company: a.Company, City: a.City, State: a.State, PostalCode: a.PostalCode, CountryCode: a.Country, Email: a.Email,
	}
	for _, line := range a.Lines {
		if line != "" {
			message.Lines = append(message.Lines, line)
		}
	}
	return message
}

func readAddress(m *pb.Address) domain.Address {
	address := domain.Address{
		Company: m.GetCompany(), City: m.GetCity(), State: m.GetState(), PostalCode: m.GetPostalCode(),
		Country: m.GetCountryCode(), Email: m.GetEmail(),
	}
	copy(address.Lines[:], m.GetLines())
	return address
}

// readBillTo reads what a caller can set of a new bill-to.
func readBillTo(request *pb.CreateBillToRequest) (domain.BillTo, error) {
	var r reader
	billTo := domain.BillTo{
		ID:          readNumber[domain.BillToID](&r, domain.FieldID, "", request.GetBillToId()),
		Customer:    domain.CustomerID(request.GetBillTo().GetCustomerId()),
		DisplayName: request.GetBillTo().GetDisplayName(), Address: readAddress(request.GetBillTo().GetAddress()),
	}
	return billTo, inResource(r.err(), "bill_to")
}

// CreateBillTo creates a bill-to.
func (h *handlers) CreateBillTo(ctx context.Context, request *pb.CreateBillToRequest) (*pb.BillTo, error) {
	billTo, err := readBillTo(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreateBillTo(ctx, billTo, request.GetValidateOnly())
	if err != nil {
		return nil, inResource(err, "bill_to")
	}
	return billToMessage(created)
}

// GetBillTo reads a bill-to.
func (h *handlers) GetBillTo(ctx context.Context, request *pb.GetBillToRequest) (*pb.BillTo, error) {
	id, ok := number[domain.BillToID](billTos, request.GetName())
	if !ok {
		return nil, noSuchNumber(request.GetName())
	}
	billTo, err := h.service.BillTo(ctx, id)
	if err != nil {
		return nil, err
	}
	return billToMessage(billTo)
}

// noSuchNumber says that a name whose number is out of range names nothing.
func noSuchNumber(name string) error {
	return fault.New(fault.NotFound, reason.NotFound, "there is no %s", name)
}

// ListBillTos lists bill-tos.
func (h *handlers) ListBillTos(ctx context.Context, request *pb.ListBillTosRequest) (*pb.ListBillTosResponse, error) {
	messages, next, err := list(request,
		func(after domain.BillToID, limit int) ([]domain.BillTo, error) {
			return h.service.BillTos(ctx, after, limit)
		},
		func(b domain.BillTo) domain.BillToID { return b.ID }, billToMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListBillTosResponse{BillTos: messages, NextPageToken: next}, nil
}

func masterMessage(m domain.MasterAccount) (*pb.MasterAccount, error) {
	created, updated := timestamps(m.Revision)
	return &pb.MasterAccount{
		Name: codeName(masterAccounts, m.Code), Number: int32(m.ID), Description: m.Description,
		CustomerId: int32(m.Customer), BillTo: numberName(billTos, m.BillTo), Inactive: m.Inactive, SubAccountsBilled: m.SubAccountsBilled,
		CreateTime: created, UpdateTime: updated, Etag: m.Etag(),
	}, nil
}

// readMasterMessage reads what a caller can set of a master account, but for its code.
func readMasterMessage(r *reader, m *pb.MasterAccount) domain.MasterAccount {
	return domain.MasterAccount{
		ID: domain.MasterAccountID(m.GetNumber()), Description: m.GetDescription(), Customer: domain.CustomerID(m.GetCustomerId()),
		BillTo: readNumber[domain.BillToID](r, domain.FieldBillTo, billTos, m.GetBillTo()), Inactive: m.GetInactive(),
		SubAccountsBilled: m.GetSubAccountsBilled(),
	}
}

// readMaster reads what a caller can set of a new master account.
func readMaster(request *pb.CreateMasterAccountRequest) (domain.MasterAccount, error) {
	var r reader
	account := readMasterMessage(&r, request.GetMasterAccount())
	account.Code = domain.MasterAccountCode(request.GetMasterAccountId())
	return account, inResource(r.err(), "master_account")
}

// CreateMasterAccount creates a master account.
func (h *handlers) CreateMasterAccount(ctx context.Context, request *pb.CreateMasterAccountRequest) (*pb.MasterAccount, error) {
	account, err := readMaster(request)
	if err != nil {
		return nil, err
	}
	created, err := h.service.CreateMasterAccount(ctx, account, request.GetValidateOnly())
	if err != nil {
		return nil, inResource(err, "master_account")
	}
	return masterMessage(created)
}

// GetMasterAccount reads a master account.
func (h *handlers) GetMasterAccount(ctx context.Context, request *pb.GetMasterAccountRequest) (*pb.MasterAccount, error) {
	account, err := h.service.MasterAccount(ctx, code[domain.MasterAccountCode](masterAccounts, request.GetName()))
	if err != nil {
		return nil, err
	}
	return masterMessage(account)
}

// ListMasterAccounts lists master accounts.
func (h *handlers) ListMasterAccounts(ctx context.Context, request *pb.ListMasterAccountsRequest) (*pb.ListMasterAccountsResponse, error) {
	messages, next, err := list(request,
		func(after domain.MasterAccountID, limit int) ([]domain.MasterAccount, error) {
			return h.service.MasterAccounts(ctx, after, limit)
		},
		func(m domain.MasterAccount) domain.MasterAccountID { return m.ID }, masterMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListMasterAccountsResponse{MasterAccounts: messages, NextPageToken: next}, nil
}
