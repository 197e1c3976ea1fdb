package catalogue

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// DeleteItem removes an item that no line and no one-off charge refers to. A non-empty etag must match the item's.
func (s *Service) DeleteItem(ctx context.Context, code ItemCode, etag string) error {
	return mutation.Delete(ctx, s.Service, items, code, etag, func(ctx context.Context, w Writer, item Item) error {
		lines, err := w.LinesOfItem(ctx, code)
		if err := mutation.Unused("item", code, "recurring lines", lines, err); err != nil {
			return err
		}
		charges, err := w.ChargesOfItem(ctx, code)
		if err := mutation.Unused("item", code, "charges", charges, err); err != nil {
			return err
		}
		return w.DeleteItem(ctx, item)
	})
}

// DeleteBillTo removes a bill-to that no line, master account, invoice or one-off charge refers to. A non-empty etag
// must match the bill-to's.
func (s *Service) DeleteBillTo(ctx context.Context, id BillToID, etag string) error {
	return mutation.Delete(ctx, s.Service, billTos, id, etag, func(ctx context.Context, w Writer, billTo BillTo) error {
		uses, err := w.UsesOfBillTo(ctx, id)
		for _, use := range []struct {
			referrers string
			count     int64
		}{{"recurring lines", uses.Lines}, {"master accounts", uses.MasterAccounts}, {"invoices", uses.Invoices}, {"charges", uses.Charges}} {
			if err := mutation.Unused("bill-to", id, use.referrers, use.count, err); err != nil {
				return err
			}
		}
		return w.DeleteBillTo(ctx, billTo)
	})
}

// DeleteMasterAccount removes a master account that no line is receivable to. A non-empty etag must
// match the account's.
func (s *Service) DeleteMasterAccount(ctx context.Context, code MasterAccountCode, etag string) error {
	return mutation.Delete(ctx, s.Service, masterAccounts, code, etag, func(ctx context.Context, w Writer, account MasterAccount) error {
		lines, err := w.LinesOfMasterAccount(ctx, code)
		if err := mutation.Unused("master account", code, "recurring lines", lines, err); err != nil {
			return err
		}
		return w.DeleteMasterAccount(ctx, account)
	})
}
