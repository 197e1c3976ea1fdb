package catalogue

import (
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// How mutations find and store the resources of the catalogue.
var (
	items = mutation.Resource[ItemCode, Item, Writer]{What: "item", Find: Writer.Item, Keep: Writer.UpdateItem}

	billTos = mutation.Resource[BillToID, BillTo, Writer]{What: "bill-to", Find: Writer.BillTo, Keep: Writer.UpdateBillTo}

	masterAccounts = mutation.Resource[MasterAccountCode, MasterAccount, Writer]{
		What: "master account", Find: Writer.MasterAccount, Keep: Writer.UpdateMasterAccount,
	}
)

// UpdateItem applies revise to an item. Its number and code cannot change. A non-empty etag must
// match the item's.
func (s *Service) UpdateItem(ctx context.Context, code ItemCode, etag string, revise func(*Item) error) (Item, error) {
	return mutation.Change(ctx, s.Service, items, code, etag, func(_ context.Context, _ Writer, item *Item) error {
		present := *item
		if err := revise(item); err != nil {
			return err
		}
		item.ID, item.Code, item.Revision = present.ID, present.Code, present.Revision
		return item.Check()
	})
}

// UpdateBillTo applies revise to a bill-to. Its number and customer cannot change. A non-empty etag
// must match the bill-to's.
func (s *Service) UpdateBillTo(ctx context.Context, id BillToID, etag string, revise func(*BillTo) error) (BillTo, error) {
	return mutation.Change(ctx, s.Service, billTos, id, etag, func(_ context.Context, _ Writer, billTo *BillTo) error {
		present := *billTo
		if err := revise(billTo); err != nil {
			return err
		}
		billTo.ID, billTo.Customer, billTo.Revision = present.ID, present.Customer, present.Revision
		return billTo.Check()
	})
}

// UpdateMasterAccount applies revise to a master account. Its number and code cannot change. A
// non-empty etag must match the account's. If the customer changes but the bill-to does not, the
// new customer's bill-to with the lowest number is used. Lines receivable to the account move to
// its new bill-to.
func (s *Service) UpdateMasterAccount(ctx context.Context, code MasterAccountCode, etag string, revise func(*MasterAccount) error) (MasterAccount, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (MasterAccount, error) {
		var former BillToID
		account, changed, err := mutation.Revise(ctx, w, masterAccounts, code, etag, func(ctx context.Context, w Writer, account *MasterAccount) error {
			former = account.BillTo
			return reviseMaster(ctx, w, account, revise)
		})
		if err != nil || !changed || account.BillTo == former {
			return account, err
		}
		return account, w.MoveLines(ctx, code, account.BillTo)
	})
}

func reviseMaster(ctx context.Context, w Writer, account *MasterAccount, revise func(*MasterAccount) error) error {
	present := *account
	err := revise(account)
	if err != nil {
		return err
	}
	account.ID, account.Code, account.Revision = present.ID, present.Code, present.Revision
	if account.Customer != present.Customer && account.BillTo == present.BillTo {
		if account.BillTo, err = billToOf(ctx, w, account.Customer); err != nil {
			return err
		}
	}
	return checkMaster(ctx, w, account, present.BillTo)
}

func billToOf(ctx context.Context, r Reader, customer CustomerID) (BillToID, error) {
	billTo, err := r.BillToOf(ctx, customer)
	if errors.Is(err, mutation.ErrNotFound) {
		return 0, fault.InvalidField(FieldCustomer, reason.NoBillTo, "customer %d has no active bill-to", customer)
	}
	return billTo.ID, err
}

// checkMaster returns a fault if a master account breaks a rule, or its bill-to belongs to another
// customer or is retired and not the present one.
func checkMaster(ctx context.Context, r BillToReader, account *MasterAccount, present BillToID) error {
	var v fault.Violations
	account.Check(&v)
	billTo, err := r.BillTo(ctx, account.BillTo)
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		v.Add(FieldBillTo, reason.NotFound, "there is no bill-to %d", account.BillTo)
	case err != nil:
		return err
	case billTo.Customer != account.Customer:
		v.Add(FieldBillTo, reason.ForeignBillTo, "bill-to %d belongs to another customer", account.BillTo)
	case billTo.Inactive && billTo.ID != present:
		v.Add(FieldBillTo, reason.Inactive, "bill-to %d is inactive", account.BillTo)
	}
	return v.Err()
}

// MasterAccountNumbered returns the master account with the given number.
func (s *Service) MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error) {
	account, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (MasterAccount, error) {
		return r.MasterAccountNumbered(ctx, id)
	})
	return account, mutation.Explain(err, "master account", id)
}
