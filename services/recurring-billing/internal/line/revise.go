package line

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// reviser collects the violations of a change to a line.
type reviser struct {
	catalogue Catalogue
	from, to  Line
	*fault.Violations
}

// revise returns line after change, and adds what is wrong with the change to v. The error is one
// of the catalogue.
func revise(ctx context.Context, v *fault.Violations, catalogue Catalogue, line Line, change Change) (Line, error) {
	r := &reviser{catalogue: catalogue, from: line, to: line, Violations: v}
	checkID(v, change.ID, line.ID)
	set(&r.to.Item, change.Item)
	set(&r.to.Description, change.Description)
	set(&r.to.MasterItem, change.MasterItem)
	set(&r.to.MasterAccount, change.MasterAccount)
	set(&r.to.BillCycle, change.BillCycle)
	set(&r.to.Memo, change.Memo)
	set(&r.to.Timing, change.Timing)
	set(&r.to.Job, change.Job)
	set(&r.to.Branch, change.Branch)
	checkTiming(v, r.to.Timing)
	r.settleTexts()
	if err := r.settleItems(ctx); err != nil {
		return Line{}, err
	}
	if err := r.settleBillTo(ctx, change); err != nil {
		return Line{}, err
	}
	return r.to, nil
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

func (r *reviser) settleTexts() {
	r.Text(FieldDescription, r.to.Description, maxDescription)
	r.Text(FieldMemo, r.to.Memo, MaxMemo)
	checkCycle(r.Violations, r.to.BillCycle)
	r.to.checkCodes(r.Violations)
}

func (r *reviser) settleItems(ctx context.Context) error {
	if r.to.Item == "" {
		r.Add(FieldItem, reason.Required, "must name an item")
	} else {
		item, err := r.item(ctx, FieldItem, &r.to.Item, r.from.Item)
		if err != nil {
			return err
		}
		r.to.Description = cmp.Or(r.to.Description, item.Description)
	}
	if r.to.MasterItem == "" {
		return nil
	}
	_, err := r.item(ctx, FieldMasterItem, &r.to.MasterItem, r.from.MasterItem)
	return err
}

// item looks up an item and sets the code to the catalogue's spelling. It adds a violation if the
// item is unknown, or is retired and not already used by the line.
func (r *reviser) item(ctx context.Context, field string, code *catalogue.ItemCode, present catalogue.ItemCode) (catalogue.Item, error) {
	if !r.Text(field, strings.TrimRight(string(*code), " "), catalogue.MaxCode) {
		return catalogue.Item{}, nil
	}
	item, err := r.catalogue.FindItem(ctx, *code)
	if errors.Is(err, mutation.ErrNotFound) {
		r.Add(field, reason.NotFound, "there is no item %q", string(*code))
		return catalogue.Item{}, nil
	}
	if err != nil {
		return catalogue.Item{}, err
	}
	if *code = item.Code; item.Inactive && item.Code != present {
		r.Add(field, reason.Inactive, "item %q is inactive", string(item.Code))
	}
	return item, nil
}
