package catalogue

import (
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// An update that changes nothing leaves the version alone, and the change feed with it.

// UpdateItem makes of an item what revise makes of it; its number and its code stay. The etag, if not empty, must be the
// item's.
func (s *Service) UpdateItem(ctx context.Context, code ItemCode, etag string, revise func(*Item) error) (Item, error) {
	item, err := resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (Item, error) {
		present, err := w.Item(ctx, code)
		if err != nil {
			return Item{}, err
		}
		if err := resource.CheckEtag("item", code, present.Revision, etag); err != nil {
			return Item{}, err
		}
		item := present
		if err := revise(&item); err != nil {
			return Item{}, err
		}
		item.ID, item.Code, item.Revision = present.ID, present.Code, present.Revision
		if err := item.Check(); err != nil || item == present {
			return item, err
		}
		err = w.UpdateItem(ctx, &item)
		return item, err
	})
	return item, resource.Explain(err, "item", code)
}

// UpdateBillTo makes of a bill-to what revise makes of it; its number and its customer stay. The etag, if not empty, must
// be the bill-to's.
func (s *Service) UpdateBillTo(ctx context.Context, id BillToID, etag string, revise func(*BillTo) error) (BillTo, error) {
	billTo, err := resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (BillTo, error) {
		present, err := w.BillTo(ctx, id)
		if err != nil {
			return BillTo{}, err
		}
		if err := resource.CheckEtag("bill-to", id, present.Revision, etag); err != nil {
			return BillTo{}, err
		}
		billTo := present
		if err := revise(&billTo); err != nil {
			return BillTo{}, err
		}
		billTo.ID, billTo.Customer, billTo.Revision = present.ID, present.Customer, present.Revision
		if err := billTo.check(); err != nil || billTo == present {
			return billTo, err
		}
		err = w.UpdateBillTo(ctx, &billTo)
		return billTo, err
	})
	return billTo, resource.Explain(err, "bill-to", id)
}

// UpdateMasterAccount makes of a master account what revise makes of it; its number and its code stay. The etag, if not
// empty, must be the account's. Another customer without another bill-to pays by the bill-to of its that has the lowest
// number. Lines that are receivable to the account move to its new bill-to.
func (s *Service) UpdateMasterAccount(ctx context.Context, code MasterAccountCode, etag string, revise func(*MasterAccount) error) (MasterAccount, error) {
	account, err := resource.Write(ctx, s.store, s.clock, false, func(ctx context.Context, w Writer) (MasterAccount, error) {
		present, err := w.MasterAccount(ctx, code)
		if err != nil {
			return MasterAccount{}, err
		}
		if err := resource.CheckEtag("master account", code, present.Revision, etag); err != nil {
			return MasterAccount{}, err
		}
		account := present
		if err := revise(&account); err != nil {
			return MasterAccount{}, err
		}
		account.ID, account.Code, account.Revision = present.ID, present.Code, present.Revision
		if account.Customer != present.Customer && account.BillTo == present.BillTo {
			if account.BillTo, err = billToOf(ctx, w, account.Customer); err != nil {
				return MasterAccount{}, err
			}
		}
		if err := checkMaster(ctx, w, &account); err != nil || account == present {
			return account, err
		}
		if err := w.UpdateMasterAccount(ctx, &account); err != nil {
			return MasterAccount{}, err
		}
		if account.BillTo == present.BillTo {
			return account, nil
		}
		return account, w.MoveLines(ctx, code, account.BillTo)
	})
	return account, resource.Explain(err, "master account", code)
}

func billToOf(ctx context.Context, r Reader, customer CustomerID) (BillToID, error) {
	billTo, err := r.BillToOf(ctx, customer)
	if errors.Is(err, resource.ErrNotFound) {
		var v resource.Violations
		v.Add(FieldCustomer, reason.NoBillTo, fmt.Sprintf("customer %d has no bill-to", customer))
		return 0, v.Err()
	}
	return billTo.ID, err
}

// checkMaster refuses a master account that breaks a rule, or whose bill-to is not its customer's.
func checkMaster(ctx context.Context, r BillToReader, account *MasterAccount) error {
	v := account.Check()
	billTo, err := r.BillTo(ctx, account.BillTo)
	switch {
	case errors.Is(err, resource.ErrNotFound):
		v.Add(FieldBillTo, reason.NotFound, fmt.Sprintf("there is no bill-to %d", account.BillTo))
	case err != nil:
		return err
	case billTo.Customer != account.Customer:
		v.Add(FieldBillTo, reason.ForeignBillTo, fmt.Sprintf("bill-to %d belongs to another customer", account.BillTo))
	}
	return v.Err()
}

// MasterAccountNumbered is the master account of a number.
func (s *Service) MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error) {
	account, err := resource.Read(ctx, s.store, func(ctx context.Context, r Reader) (MasterAccount, error) {
		return r.MasterAccountNumbered(ctx, id)
	})
	return account, resource.Explain(err, "master account", id)
}
