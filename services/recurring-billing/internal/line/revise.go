package line

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

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
	if errors.Is(err, mutation.ErrNotFound) {
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
