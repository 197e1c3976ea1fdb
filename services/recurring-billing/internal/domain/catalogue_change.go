package domain

import (
	"context"
	"errors"
	"fmt"
	"github.com/continuo-billing/continuo/gen/reason"
)

// An update that changes nothing leaves the version alone, and the change feed with it.

// masterPage is how many lines of a master account are moved at once.
const masterPage = 1000

// UpdateItem makes of an item what revise makes of it; its number and its code stay. The etag, if not empty, must be the
// item's.
func (s *Service) UpdateItem(ctx context.Context, code ItemCode, etag string, revise func(*Item) error) (Item, error) {
	item, err := write(ctx, s, false, func(ctx context.Context, w Writer) (Item, error) {
		present, err := w.Item(ctx, code)
		if err != nil {
			return Item{}, err
		}
		if err := checkEtag("item", code, present.Revision, etag); err != nil {
			return Item{}, err
		}
		item := present
		if err := revise(&item); err != nil {
			return Item{}, err
		}
		item.ID, item.Code, item.Revision = present.ID, present.Code, present.Revision
		if err := item.check(); err != nil || item == present {
			return item, err
		}
		err = w.UpdateItem(ctx, &item)
		return item, err
	})
	return item, explain(err, "item", code)
}

// UpdateBillTo makes of a bill-to what revise makes of it; its number and its customer stay. The etag, if not empty, must
// be the bill-to's.
func (s *Service) UpdateBillTo(ctx context.Context, id BillToID, etag string, revise func(*BillTo) error) (BillTo, error) {
	billTo, err := write(ctx, s, false, func(ctx context.Context, w Writer) (BillTo, error) {
		present, err := w.BillTo(ctx, id)
		if err != nil {
			return BillTo{}, err
		}
		if err := checkEtag("bill-to", id, present.Revision, etag); err != nil {
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
	return billTo, explain(err, "bill-to", id)
}

// UpdateMasterAccount makes of a master account what revise makes of it; its number and its code stay. The etag, if not
// empty, must be the account's. Another customer without another bill-to pays by the bill-to of its that has the lowest
// number. Lines that are receivable to the account move to its new bill-to.
func (s *Service) UpdateMasterAccount(ctx context.Context, code MasterAccountCode, etag string, revise func(*MasterAccount) error) (MasterAccount, error) {
	account, err := write(ctx, s, false, func(ctx context.Context, w Writer) (MasterAccount, error) {
		present, err := w.MasterAccount(ctx, code)
		if err != nil {
			return MasterAccount{}, err
		}
		if err := checkEtag("master account", code, present.Revision, etag); err != nil {
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
		return account, moveLines(ctx, w, code, account.BillTo)
	})
	return account, explain(err, "master account", code)
}

func billToOf(ctx context.Context, r Reader, customer CustomerID) (BillToID, error) {
	billTo, err := r.BillToOf(ctx, customer)
	if errors.Is(err, ErrNotFound) {
		var v violations
		v.add(FieldCustomer, reason.NoBillTo, fmt.Sprintf("customer %d has no bill-to", customer))
		return 0, v.err()
	}
	return billTo.ID, err
}

// checkMaster refuses a master account that breaks a rule, or whose bill-to is not its customer's.
func checkMaster(ctx context.Context, r Reader, account *MasterAccount) error {
	v := account.check()
	billTo, err := r.BillTo(ctx, account.BillTo)
	switch {
	case errors.Is(err, ErrNotFound):
		v.add(FieldBillTo, reason.NotFound, fmt.Sprintf("there is no bill-to %d", account.BillTo))
	case err != nil:
		return err
	case billTo.Customer != account.Customer:
		v.add(FieldBillTo, reason.ForeignBillTo, fmt.Sprintf("bill-to %d belongs to another customer", account.BillTo))
	}
	return v.err()
}

// moveLines moves the lines of a master account to its present bill-to.
func moveLines(ctx context.Context, w Writer, master MasterAccountCode, to BillToID) error {
	for after, more := LineID(0), true; more; {
		lines, err := w.LinesOfMaster(ctx, master, after, masterPage)
		if err != nil {
			return err
		}
		for _, line := range lines {
			after = line.ID
			if line.BillTo == to {
				continue
			}
			line.BillTo = to
			if err := w.UpdateLine(ctx, &line); err != nil {
				return err
			}
		}
		more = len(lines) == masterPage
	}
	return nil
}

// MasterAccountNumbered is the master account of a number.
func (s *Service) MasterAccountNumbered(ctx context.Context, id MasterAccountID) (MasterAccount, error) {
	account, err := read(ctx, s, func(ctx context.Context, r Reader) (MasterAccount, error) { return r.MasterAccountNumbered(ctx, id) })
	return account, explain(err, "master account", id)
}

// LinesOfCustomer is up to limit recurring lines of a customer whose number is greater than after, in the order of the
// numbers.
func (s *Service) LinesOfCustomer(ctx context.Context, customer CustomerID, after LineID, limit int) ([]Line, error) {
	return read(ctx, s, func(ctx context.Context, r Reader) ([]Line, error) {
		return r.LinesOfCustomer(ctx, customer, after, limit)
	})
}
