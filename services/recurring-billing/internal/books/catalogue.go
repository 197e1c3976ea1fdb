package books

import (
	"context"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

func importItem(ctx context.Context, w Writer, i catalogue.Item) (imports.Outcome, error) {
	if err := i.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (catalogue.Item, error) { return w.Item(ctx, i.Code) }, mutation.ErrNotFound,
		func(present catalogue.Item) bool {
			present.Revision = mutation.Revision{}
			return equal(&i.ID, present.ID) && i == present
		},
		func() error { return catalogue.CreateItem(ctx, w, &i) }, "item", i.Code)
}

// equal reports whether a requested number matches the stored one. 0 matches any, and is set to the
// stored number.
func equal[N ~int32](wanted *N, present N) bool {
	if *wanted == 0 {
		*wanted = present
	}
	return *wanted == present
}

func importBillTo(ctx context.Context, w Writer, b catalogue.BillTo) (imports.Outcome, error) {
	if b.ID == 0 {
		return imports.OutcomeOf(false, fault.InvalidField(catalogue.FieldID, reason.Required, "must be given"))
	}
	if err := b.Check(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (catalogue.BillTo, error) { return w.BillTo(ctx, b.ID) }, mutation.ErrNotFound,
		func(present catalogue.BillTo) bool {
			present.Revision = mutation.Revision{}
			return b == present
		},
		func() error { return catalogue.CreateBillTo(ctx, w, &b) }, "bill-to", b.ID)
}

func importMasterAccount(ctx context.Context, w Writer, m catalogue.MasterAccount) (imports.Outcome, error) {
	var v fault.Violations
	m.Check(&v)
	if err := v.Err(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	return imports.One(func() (catalogue.MasterAccount, error) { return w.MasterAccount(ctx, m.Code) }, mutation.ErrNotFound,
		func(present catalogue.MasterAccount) bool {
			present.Revision = mutation.Revision{}
			return equal(&m.ID, present.ID) && m == present
		},
		func() error { return catalogue.CreateMasterAccount(ctx, w, &m) }, "master account", m.Code)
}
