package sedona

import (
	"cmp"
	"context"
	"slices"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// ListMasterAccounts lists all master accounts, sorted by code.
func (h *handlers) ListMasterAccounts(ctx context.Context, _ *pb.ListMasterAccountsRequest) (*pb.ListMasterAccountsResponse, error) {
	accounts, err := h.catalogue.MasterAccounts(ctx, listing.Query{})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(accounts, func(a, b catalogue.MasterAccount) int { return cmp.Compare(a.Code, b.Code) })
	response := &pb.ListMasterAccountsResponse{}
	for _, account := range accounts {
		response.MasterAccounts = append(response.MasterAccounts, &pb.MasterAccount{
			MasterAccountId:      new(int32(account.ID)),
			MasterAccountCode:    new(string(account.Code)),
			Description:          new(account.Description),
			CustomerId:           new(int32(account.Customer)),
			Inactive:             new(account.Inactive),
			MasterAccountBilling: new(account.SubAccountsBilled),
		})
	}
	return response, nil
}

// UpdateMasterAccount changes a master account.
func (h *handlers) UpdateMasterAccount(ctx context.Context, request *pb.UpdateMasterAccountRequest) (*pb.UpdateMasterAccountResponse, error) {
	const in = "master_account."
	id, body := catalogue.MasterAccountID(request.GetId()), request.GetMasterAccount()
	account, err := h.catalogue.MasterAccountNumbered(ctx, id)
	if err != nil {
		return nil, err
	}
	var r reader
	if said := body.GetMasterAccountId(); said != 0 && said != request.GetId() {
		r.Add(in+"master_account_id", reason.IDMismatch, "must be the id of the account to change, or be left out")
	}
	if code := catalogue.MasterAccountCode(body.GetMasterAccountCode()); code.Key() != "" && code.Key() != account.Code.Key() {
		r.Add(in+"master_account_code", reason.IDMismatch, "must be the code of the account to change, or be left out")
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	_, err = h.catalogue.UpdateMasterAccount(ctx, account.Code, "", func(m *catalogue.MasterAccount) error {
		if body.Description != nil {
			m.Description = body.GetDescription()
		}
		m.Customer = cmp.Or(catalogue.CustomerID(body.GetCustomerId()), m.Customer)
		m.Inactive, m.SubAccountsBilled = body.GetInactive(), body.GetMasterAccountBilling()
		return nil
	})
	if err != nil {
		return nil, reworded(err, func(field string) string { return in + field })
	}
	return &pb.UpdateMasterAccountResponse{}, nil
}
