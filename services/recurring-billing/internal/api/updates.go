package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// itemFields are the fields of an item that an update can change.
var itemFields = fields[catalogue.Item, catalogue.Item]{
	"description":         func(i *catalogue.Item, sent catalogue.Item) { i.Description = sent.Description },
	"taxable":             func(i *catalogue.Item, sent catalogue.Item) { i.Taxable = sent.Taxable },
	"default_rate":        func(i *catalogue.Item, sent catalogue.Item) { i.DefaultRate = sent.DefaultRate },
	"default_cost":        func(i *catalogue.Item, sent catalogue.Item) { i.DefaultCost = sent.DefaultCost },
	"category_code":       func(i *catalogue.Item, sent catalogue.Item) { i.CategoryCode = sent.CategoryCode },
	"non_deferred_income": func(i *catalogue.Item, sent catalogue.Item) { i.NonDeferredIncome = sent.NonDeferredIncome },
	"sales_item":          func(i *catalogue.Item, sent catalogue.Item) { i.SalesItem = sent.SalesItem },
	"service_item":        func(i *catalogue.Item, sent catalogue.Item) { i.ServiceItem = sent.ServiceItem },
	"inactive":            func(i *catalogue.Item, sent catalogue.Item) { i.Inactive = sent.Inactive },
}

// UpdateItem changes an item.
func (h *handlers) UpdateItem(ctx context.Context, request *pb.UpdateItemRequest) (*pb.Item, error) {
	var r reader
	m := request.GetItem()
	asked, err := masked(&r, "item", request.GetUpdateMask(), m, itemFields, readItemMessage(&r, m))
	if err != nil {
		return nil, err
	}
	item, err := h.Catalogue.UpdateItem(ctx, code[catalogue.ItemCode](items, m.GetName()), m.GetEtag(), revise(asked, itemMessage))
	if err != nil {
		return nil, inResource(err, "item")
	}
	return itemMessage(item)
}

// billToFields are the fields of a bill-to that an update can change.
var billToFields = fields[catalogue.BillTo, catalogue.BillTo]{
	"display_name": func(b *catalogue.BillTo, sent catalogue.BillTo) { b.DisplayName = sent.DisplayName },
	"address":      func(b *catalogue.BillTo, sent catalogue.BillTo) { b.Address = sent.Address },
}

// UpdateBillTo changes a bill-to.
func (h *handlers) UpdateBillTo(ctx context.Context, request *pb.UpdateBillToRequest) (*pb.BillTo, error) {
	var r reader
	m := request.GetBillTo()
	id, ok := number[catalogue.BillToID](billTos, m.GetName())
	if !ok {
		return nil, noSuchNumber(m.GetName())
	}
	sent := catalogue.BillTo{DisplayName: m.GetDisplayName(), Address: readAddress(m.GetAddress())}
	asked, err := masked(&r, "bill_to", request.GetUpdateMask(), m, billToFields, sent)
	if err != nil {
		return nil, err
	}
	billTo, err := h.Catalogue.UpdateBillTo(ctx, id, m.GetEtag(), revise(asked, billToMessage))
	if err != nil {
		return nil, inResource(err, "bill_to")
	}
	return billToMessage(billTo)
}

// masterFields are the fields of a master account that an update can change.
var masterFields = fields[catalogue.MasterAccount, catalogue.MasterAccount]{
	"description": func(m *catalogue.MasterAccount, sent catalogue.MasterAccount) { m.Description = sent.Description },
	"customer_id": func(m *catalogue.MasterAccount, sent catalogue.MasterAccount) { m.Customer = sent.Customer },
	"bill_to":     func(m *catalogue.MasterAccount, sent catalogue.MasterAccount) { m.BillTo = sent.BillTo },
	"inactive":    func(m *catalogue.MasterAccount, sent catalogue.MasterAccount) { m.Inactive = sent.Inactive },
	"sub_accounts_billed": func(m *catalogue.MasterAccount, sent catalogue.MasterAccount) {
		m.SubAccountsBilled = sent.SubAccountsBilled
	},
}

// UpdateMasterAccount changes a master account.
func (h *handlers) UpdateMasterAccount(ctx context.Context, request *pb.UpdateMasterAccountRequest) (*pb.MasterAccount, error) {
	var r reader
	m := request.GetMasterAccount()
	asked, err := masked(&r, "master_account", request.GetUpdateMask(), m, masterFields, readMasterMessage(&r, m))
	if err != nil {
		return nil, err
	}
	account, err := h.Catalogue.UpdateMasterAccount(ctx, code[catalogue.MasterAccountCode](masterAccounts, m.GetName()), m.GetEtag(), revise(asked, masterMessage))
	if err != nil {
		return nil, inResource(err, "master_account")
	}
	return masterMessage(account)
}
