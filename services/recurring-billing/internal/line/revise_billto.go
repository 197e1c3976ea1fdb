package line

import (
	"context"
	"errors"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// settleBillTo settles the master account and the bill-to, which depend on each other.
func (r *reviser) settleBillTo(ctx context.Context, change Change) error {
	master, known, err := r.masterAccount(ctx)
	if err != nil {
		return err
	}
	given := change.BillTo != nil && *change.BillTo != 0
	if given {
		if err := r.takeBillTo(ctx, *change.BillTo, master, known); err != nil {
			return err
		}
	}
	switch {
	case r.to.MasterAccount != "":
		if given && change.MasterAccount == nil && r.to.BillTo == *change.BillTo && r.to.BillTo != master.BillTo {
			r.Add(catalogue.FieldBillTo, reason.ReceivableToMaster, "must be bill-to %d, that of master account %q, while the line is receivable to it", master.BillTo, string(master.Code))
		}
		r.to.BillTo = master.BillTo
	case given:
	case r.to.BillTo == 0:
		r.Add(catalogue.FieldBillTo, reason.Required, "must be a bill-to of the customer")
	case change.MasterAccount != nil:
		return r.returnToCustomer(ctx)
	}
	return nil
}

// returnToCustomer bills a line that is not receivable to a master account to its own customer. It
// keeps the present bill-to if that is the customer's, and uses the customer's first otherwise. A
// former master account's bill-to is not kept.
func (r *reviser) returnToCustomer(ctx context.Context) error {
	owner, err := r.catalogue.OwnerOf(ctx, r.to.BillTo)
	if err != nil || owner == r.to.Customer {
		return err
	}
	own, err := r.catalogue.BillToOf(ctx, r.to.Customer)
	if errors.Is(err, mutation.ErrNotFound) {
		r.Add(catalogue.FieldBillTo, reason.NoBillTo, "customer %d has no active bill-to of its own to bill the line to: create one first, or keep the master account", r.to.Customer)
		return nil
	}
	r.to.BillTo = own.ID
	return err
}

// masterAccount looks up the line's master account and sets its code to the catalogue's spelling.
// known is true if the line has none.
func (r *reviser) masterAccount(ctx context.Context) (master catalogue.MasterAccount, known bool, err error) {
	code := r.to.MasterAccount
	if code == "" {
		return catalogue.MasterAccount{}, true, nil
	}
	if !r.Text(FieldMasterAccount, strings.TrimRight(string(code), " "), catalogue.MaxCode) {
		return catalogue.MasterAccount{}, false, nil
	}
	master, err = r.catalogue.FindMasterAccount(ctx, code)
	if errors.Is(err, mutation.ErrNotFound) {
		r.Add(FieldMasterAccount, reason.NotFound, "there is no master account %q", string(code))
		return catalogue.MasterAccount{}, false, nil
	}
	if err != nil {
		return catalogue.MasterAccount{}, false, err
	}
	if r.to.MasterAccount = master.Code; master.Inactive && master.Code != r.from.MasterAccount {
		r.Add(FieldMasterAccount, reason.Inactive, "master account %q is inactive", string(master.Code))
	}
	return master, true, nil
}

// takeBillTo bills the line to a bill-to of its customer or of its master account. If the master
// account is unknown, another customer's bill-to is not reported, since the master account is
// already rejected.
func (r *reviser) takeBillTo(ctx context.Context, billTo catalogue.BillToID, master catalogue.MasterAccount, masterKnown bool) error {
	account, err := r.catalogue.BillTo(ctx, billTo)
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		r.Add(catalogue.FieldBillTo, reason.NotFound, "there is no bill-to %d", billTo)
	case err != nil:
		return err
	case account.Customer == r.to.Customer || billTo == master.BillTo || !masterKnown:
		if account.Inactive && billTo != r.from.BillTo && billTo != master.BillTo {
			r.Add(catalogue.FieldBillTo, reason.Inactive, "bill-to %d is inactive", billTo)
		}
		r.to.BillTo = billTo
	case r.to.MasterAccount != "":
		r.Add(catalogue.FieldBillTo, reason.ForeignBillTo, "bill-to %d belongs neither to the line's customer nor to master account %q", billTo, string(r.to.MasterAccount))
	default:
		r.Add(catalogue.FieldBillTo, reason.ForeignBillTo, "bill-to %d belongs to another customer", billTo)
	}
	return nil
}
