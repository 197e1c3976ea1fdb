package line

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Change is what to change of a line, the only things that can be while it is billed; anything else means to cancel
// the line and to create another. A nil field keeps what the line has. (Sedona: `PUT api/customerrecurring/{id}`.)
type Change struct {
	// ID is the line that the change says it is for; 0 says nothing, any other must be the line's own.
	ID ID
	// Etag, if not empty, must be the line's.
	Etag string
	// Item is the item to bill.
	Item *catalogue.ItemCode
	// Description may be empty: the item's description.
	Description *string
	// MasterItem may be empty: the line stands alone.
	MasterItem *catalogue.ItemCode
	// MasterAccount may be empty: the line is receivable to no master any more.
	MasterAccount *catalogue.MasterAccountCode
	BillCycle     *BillCycle
	Memo          *string
	// BillTo is a bill-to of the line's customer, or that of its master account. While the line is receivable to a master
	// account it is the master's ("Receivable to Master"), whichever of them is given, unless the change says nothing of a
	// master account: then another is refused. Nil or 0: the line's present one, if the line may keep it. One that is
	// receivable to no master any more keeps none of a stranger: it gets the one of its customer's with the lowest number.
	BillTo *catalogue.BillToID
	// Check, if not nil, may refuse the change for what the line is when it is made.
	Check func(Line) error
}

// changeAll is the change that sets all that can change to what another line has.
func changeAll(to Line) Change {
	return Change{
		Item: &to.Item, Description: &to.Description, MasterItem: &to.MasterItem, MasterAccount: &to.MasterAccount,
		BillCycle: &to.BillCycle, Memo: &to.Memo, BillTo: &to.BillTo,
	}
}

// reviser is a line on its way from one state to the next, and what stands against it.
type reviser struct {
	catalogue Catalogue
	from, to  Line
	resource.Violations
}

// revise works out what line becomes by change, and what is wrong with that. The error is one of the catalogue.
func revise(ctx context.Context, catalogue Catalogue, line Line, change Change) (Line, resource.Violations, error) {
	r := &reviser{catalogue: catalogue, from: line, to: line}
	checkID(&r.Violations, change.ID, line.ID)
	set(&r.to.Item, change.Item)
	set(&r.to.Description, change.Description)
	set(&r.to.MasterItem, change.MasterItem)
	set(&r.to.MasterAccount, change.MasterAccount)
	set(&r.to.BillCycle, change.BillCycle)
	set(&r.to.Memo, change.Memo)
	r.settleTexts()
	if err := r.settleItems(ctx); err != nil {
		return Line{}, nil, err
	}
	if err := r.settleBillTo(ctx, change); err != nil {
		return Line{}, nil, err
	}
	return r.to, r.Violations, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (r *reviser) settleTexts() {
	r.CheckText(FieldDescription, r.to.Description, maxDescription)
	r.CheckText(FieldMemo, r.to.Memo, MaxMemo)
	checkCycle(&r.Violations, r.to.BillCycle)
}

func (r *reviser) settleItems(ctx context.Context) error {
	if r.to.Item == "" {
		r.Add(FieldItem, reason.Required, "must name an item")
	} else {
		item, err := r.item(ctx, FieldItem, r.to.Item, r.from.Item)
		if err != nil {
			return err
		}
		r.to.Description = cmp.Or(r.to.Description, item.Description)
	}
	if r.to.MasterItem == "" {
		return nil
	}
	_, err := r.item(ctx, FieldMasterItem, r.to.MasterItem, r.from.MasterItem)
	return err
}

// item looks up an item that the line is to name, and refuses one that is unknown, or retired unless the line has it
// already. It is the zero Item where there is none.
func (r *reviser) item(ctx context.Context, field string, code, present catalogue.ItemCode) (catalogue.Item, error) {
	if !r.CheckText(field, string(code), catalogue.MaxCode) {
		return catalogue.Item{}, nil
	}
	item, err := r.catalogue.Item(ctx, code)
	if errors.Is(err, resource.ErrNotFound) {
		r.Add(field, reason.NotFound, fmt.Sprintf("there is no item %q", string(code)))
		return catalogue.Item{}, nil
	}
	if err != nil {
		return catalogue.Item{}, err
	}
	if item.Inactive && code != present {
		r.Add(field, reason.Inactive, fmt.Sprintf("item %q is inactive", string(code)))
	}
	return item, nil
}

// settleBillTo settles the master account and the bill-to, which depend on one another.
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
			r.Add(catalogue.FieldBillTo, reason.ReceivableToMaster, fmt.Sprintf("must be bill-to %d, that of master account %q, while the line is receivable to it", master.BillTo, string(master.Code)))
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

// returnToCustomer has a line that is receivable to no master account billed to its customer: to its present bill-to if
// that is the customer's, else to the customer's first. A former master never asked to pay for what is receivable to it no
// more, so its bill-to is not kept.
func (r *reviser) returnToCustomer(ctx context.Context) error {
	present, err := r.catalogue.BillTo(ctx, r.to.BillTo)
	if err != nil || present.Customer == r.to.Customer {
		return err
	}
	own, err := r.catalogue.BillToOf(ctx, r.to.Customer)
	if errors.Is(err, resource.ErrNotFound) {
		r.Add(catalogue.FieldBillTo, reason.NoBillTo, fmt.Sprintf("customer %d has no bill-to of its own to bill the line to: create one first, or keep the master account", r.to.Customer))
		return nil
	}
	r.to.BillTo = own.ID
	return err
}

// masterAccount looks up the line's master account. It is known also where there is none to know.
func (r *reviser) masterAccount(ctx context.Context) (master catalogue.MasterAccount, known bool, err error) {
	code := r.to.MasterAccount
	if code == "" {
		return catalogue.MasterAccount{}, true, nil
	}
	if !r.CheckText(FieldMasterAccount, string(code), catalogue.MaxCode) {
		return catalogue.MasterAccount{}, false, nil
	}
	master, err = r.catalogue.MasterAccount(ctx, code)
	if errors.Is(err, resource.ErrNotFound) {
		r.Add(FieldMasterAccount, reason.NotFound, fmt.Sprintf("there is no master account %q", string(code)))
		return catalogue.MasterAccount{}, false, nil
	}
	if err != nil {
		return catalogue.MasterAccount{}, false, err
	}
	if master.Inactive && code != r.from.MasterAccount {
		r.Add(FieldMasterAccount, reason.Inactive, fmt.Sprintf("master account %q is inactive", string(code)))
	}
	return master, true, nil
}

// takeBillTo takes a bill-to of the line's customer or of its master account. Whether a bill-to of somebody else is
// that of a master account that is not known cannot be said, so nothing is: the master account stands refused already.
func (r *reviser) takeBillTo(ctx context.Context, billTo catalogue.BillToID, master catalogue.MasterAccount, masterKnown bool) error {
	account, err := r.catalogue.BillTo(ctx, billTo)
	switch {
	case errors.Is(err, resource.ErrNotFound):
		r.Add(catalogue.FieldBillTo, reason.NotFound, fmt.Sprintf("there is no bill-to %d", billTo))
	case err != nil:
		return err
	case account.Customer == r.to.Customer || billTo == master.BillTo || !masterKnown:
		r.to.BillTo = billTo
	case r.to.MasterAccount != "":
		r.Add(catalogue.FieldBillTo, reason.ForeignBillTo, fmt.Sprintf("bill-to %d belongs neither to the line's customer nor to master account %q", billTo, string(r.to.MasterAccount)))
	default:
		r.Add(catalogue.FieldBillTo, reason.ForeignBillTo, fmt.Sprintf("bill-to %d belongs to another customer", billTo))
	}
	return nil
}

// errUnchanged ends a change that changes nothing: the version stays, and the change feed tells of nothing.
var errUnchanged = errors.New("nothing changed")

// Change changes a recurring line.
func (s *Service) Change(ctx context.Context, id ID, change Change) (Line, error) {
	return s.changeLine(ctx, id, change.Etag, false, func(ctx context.Context, w Writer, line *Line) error {
		if change.Check != nil {
			if err := change.Check(*line); err != nil {
				return err
			}
		}
		next, found, err := revise(ctx, w, *line, change)
		if err != nil {
			return err
		}
		if err := found.Err(); err != nil {
			return err
		}
		if reflect.DeepEqual(next, *line) {
			return errUnchanged
		}
		*line = next
		return nil
	})
}

// changeLine makes of a line what do makes of it, or only tells what would become of it.
func (s *Service) changeLine(ctx context.Context, id ID, etag string, validateOnly bool, do func(context.Context, Writer, *Line) error) (Line, error) {
	line, err := resource.Write(ctx, s.store, s.clock, validateOnly, func(ctx context.Context, w Writer) (Line, error) {
		line, err := w.Line(ctx, id)
		if err != nil {
			return Line{}, err
		}
		if err := resource.CheckEtag("recurring line", id, line.Revision, etag); err != nil {
			return Line{}, err
		}
		switch err := do(ctx, w, &line); {
		case errors.Is(err, errUnchanged):
			return line, nil
		case err != nil:
			return Line{}, err
		}
		err = w.UpdateLine(ctx, &line)
		return line, err
	})
	return line, resource.Explain(err, "recurring line", id)
}
