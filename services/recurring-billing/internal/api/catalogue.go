package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

func itemMessage(i catalogue.Item) (*pb.Item, error) {
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
		Name: itemNames.Format(i.Code), Number: int32(i.ID), Description: i.Description, Taxable: i.Taxable,
		DefaultRate: rate, DefaultCost: cost, CategoryCode: i.CategoryCode, NonDeferredIncome: i.NonDeferredIncome,
		SalesItem: i.SalesItem, ServiceItem: i.ServiceItem, Inactive: i.Inactive,
		CreateTime: created, UpdateTime: updated, Etag: i.Etag(),
	}, nil
}

// readItemMessage reads the changeable fields of an item. It does not read the code.
func readItemMessage(r *reader, m *pb.Item) catalogue.Item {
	return catalogue.Item{
		ID: catalogue.ItemID(m.GetNumber()), Description: m.GetDescription(), Taxable: m.GetTaxable(),
		DefaultRate: r.amount("default_rate", m.GetDefaultRate()), DefaultCost: r.amount("default_cost", m.GetDefaultCost()),
		CategoryCode: m.GetCategoryCode(), NonDeferredIncome: m.GetNonDeferredIncome(), SalesItem: m.GetSalesItem(),
		ServiceItem: m.GetServiceItem(), Inactive: m.GetInactive(),
	}
}

// readItem reads the fields of a new item.
func readItem(request *pb.CreateItemRequest) (catalogue.Item, error) {
	var r reader
	item := readItemMessage(&r, request.GetItem())
	item.Code = chosenID[catalogue.ItemCode](&r, request.GetItemId())
	return item, inResource(r.Err(), "item")
}

// CreateItem creates an item.
func (h *handlers) CreateItem(ctx context.Context, request *pb.CreateItemRequest) (*pb.Item, error) {
	item, err := readItem(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Catalogue.CreateItem(ctx, item)
	if err != nil {
		return nil, inResource(err, "item")
	}
	return itemMessage(created)
}

// GetItem reads an item.
func (h *handlers) GetItem(ctx context.Context, request *pb.GetItemRequest) (*pb.Item, error) {
	code, err := resourcename.ID[catalogue.ItemCode](itemNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	item, err := h.Catalogue.Item(ctx, code)
	if err != nil {
		return nil, err
	}
	return itemMessage(item)
}

// ListItems lists items.
func (h *handlers) ListItems(ctx context.Context, request *pb.ListItemsRequest) (*pb.ListItemsResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, itemList, request, h.Catalogue.Items, itemMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListItemsResponse{Items: found, NextPageToken: next}, nil
}

func billToMessage(b catalogue.BillTo) (*pb.BillTo, error) {
	created, updated := timestamps(b.Revision)
	return &pb.BillTo{
		Name: billToNames.Format(b.ID), CustomerId: int32(b.Customer), DisplayName: b.DisplayName, Address: addressMessage(b.Address),
		Details: detailsMessage(b.Details), Inactive: b.Inactive, CreateTime: created, UpdateTime: updated, Etag: b.Etag(),
	}, nil
}

func detailsMessage(d catalogue.BillToDetails) *pb.BillToDetails {
	if d == (catalogue.BillToDetails{}) {
		return nil
	}
	return &pb.BillToDetails{
		Phone: d.Phone, OtherPhone: d.OtherPhone, Fax: d.Fax, County: d.County, BranchCode: d.Branch,
		Commercial: d.Commercial.Value(), EmailInvoices: d.EmailInvoices.Value(),
	}
}

func readDetails(m *pb.BillToDetails) catalogue.BillToDetails {
	if m == nil {
		return catalogue.BillToDetails{}
	}
	return catalogue.BillToDetails{
		Phone: m.GetPhone(), OtherPhone: m.GetOtherPhone(), Fax: m.GetFax(), County: m.GetCounty(), Branch: m.GetBranchCode(),
		Commercial: catalogue.AnswerOf(m.Commercial), EmailInvoices: catalogue.AnswerOf(m.EmailInvoices),
	}
}

func addressMessage(a catalogue.Address) *pb.Address {
	if a == (catalogue.Address{}) {
		return nil
	}
	message := &pb.Address{
		Company: a.Company, City: a.City, State: a.State, PostalCode: a.PostalCode, RegionCode: a.Country, Email: a.Email,
	}
	for _, line := range a.Lines {
		if line != "" {
			message.Lines = append(message.Lines, line)
		}
	}
	return message
}

func readAddress(m *pb.Address) catalogue.Address {
	address := catalogue.Address{
		Company: m.GetCompany(), City: m.GetCity(), State: m.GetState(), PostalCode: m.GetPostalCode(),
		Country: m.GetRegionCode(), Email: m.GetEmail(),
	}
	copy(address.Lines[:], m.GetLines())
	return address
}

// readBillToMessage reads the changeable fields of a bill-to. It does not read the number.
func readBillToMessage(_ *reader, m *pb.BillTo) catalogue.BillTo {
	return catalogue.BillTo{
		Customer: catalogue.CustomerID(m.GetCustomerId()), DisplayName: m.GetDisplayName(), Address: readAddress(m.GetAddress()),
		Details: readDetails(m.GetDetails()), Inactive: m.GetInactive(),
	}
}

// readBillTo reads the fields of a new bill-to.
func readBillTo(request *pb.CreateBillToRequest) (catalogue.BillTo, error) {
	var r reader
	billTo := readBillToMessage(&r, request.GetBillTo())
	billTo.ID = chosenNumber[catalogue.BillToID](&r, request.GetBillToId())
	return billTo, inResource(r.Err(), "bill_to")
}

// CreateBillTo creates a bill-to.
func (h *handlers) CreateBillTo(ctx context.Context, request *pb.CreateBillToRequest) (*pb.BillTo, error) {
	billTo, err := readBillTo(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Catalogue.CreateBillTo(ctx, billTo)
	if err != nil {
		return nil, inResource(err, "bill_to")
	}
	return billToMessage(created)
}

// GetBillTo reads a bill-to.
func (h *handlers) GetBillTo(ctx context.Context, request *pb.GetBillToRequest) (*pb.BillTo, error) {
	id, err := resourcename.Number[catalogue.BillToID](billToNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	billTo, err := h.Catalogue.BillTo(ctx, id)
	if err != nil {
		return nil, err
	}
	return billToMessage(billTo)
}

// ListBillTos lists bill-tos.
func (h *handlers) ListBillTos(ctx context.Context, request *pb.ListBillTosRequest) (*pb.ListBillTosResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, billToList, request, h.Catalogue.BillTos, billToMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListBillTosResponse{BillTos: found, NextPageToken: next}, nil
}

func masterMessage(m catalogue.MasterAccount) (*pb.MasterAccount, error) {
	created, updated := timestamps(m.Revision)
	return &pb.MasterAccount{
		Name: masterNames.Format(m.Code), Number: int32(m.ID), Description: m.Description,
		CustomerId: int32(m.Customer), BillTo: billToNames.Format(m.BillTo), Inactive: m.Inactive, SubAccountsBilled: m.SubAccountsBilled,
		CreateTime: created, UpdateTime: updated, Etag: m.Etag(),
	}, nil
}

// readMasterMessage reads the changeable fields of a master account. It does not read the code.
func readMasterMessage(r *reader, m *pb.MasterAccount) catalogue.MasterAccount {
	return catalogue.MasterAccount{
		ID: catalogue.MasterAccountID(m.GetNumber()), Description: m.GetDescription(), Customer: catalogue.CustomerID(m.GetCustomerId()),
		BillTo: readNumber[catalogue.BillToID](r, catalogue.FieldBillTo, billToNames, m.GetBillTo()), Inactive: m.GetInactive(),
		SubAccountsBilled: m.GetSubAccountsBilled(),
	}
}

// readMaster reads the fields of a new master account.
func readMaster(request *pb.CreateMasterAccountRequest) (catalogue.MasterAccount, error) {
	var r reader
	account := readMasterMessage(&r, request.GetMasterAccount())
	account.Code = chosenID[catalogue.MasterAccountCode](&r, request.GetMasterAccountId())
	return account, inResource(r.Err(), "master_account")
}

// CreateMasterAccount creates a master account.
func (h *handlers) CreateMasterAccount(ctx context.Context, request *pb.CreateMasterAccountRequest) (*pb.MasterAccount, error) {
	account, err := readMaster(request)
	if err != nil {
		return nil, err
	}
	created, err := h.Catalogue.CreateMasterAccount(ctx, account)
	if err != nil {
		return nil, inResource(err, "master_account")
	}
	return masterMessage(created)
}

// GetMasterAccount reads a master account.
func (h *handlers) GetMasterAccount(ctx context.Context, request *pb.GetMasterAccountRequest) (*pb.MasterAccount, error) {
	code, err := resourcename.ID[catalogue.MasterAccountCode](masterNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	account, err := h.Catalogue.MasterAccount(ctx, code)
	if err != nil {
		return nil, err
	}
	return masterMessage(account)
}

// ListMasterAccounts lists master accounts.
func (h *handlers) ListMasterAccounts(ctx context.Context, request *pb.ListMasterAccountsRequest) (*pb.ListMasterAccountsResponse, error) {
	found, next, err := aip.List(ctx, h.sealer, masterList, request, h.Catalogue.MasterAccounts, masterMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListMasterAccountsResponse{MasterAccounts: found, NextPageToken: next}, nil
}
