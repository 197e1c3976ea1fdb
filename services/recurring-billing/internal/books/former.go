package books

import (
	"context"
	"reflect"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

func importFormerBillTo(ctx context.Context, w Writer, f invoice.FormerBillTo) (imports.Outcome, error) {
	var v fault.Violations
	v.Text("display_name", f.DisplayName, catalogue.MaxName)
	catalogue.CheckAddress(&v, f.Address)
	if err := v.Err(); err != nil {
		return imports.OutcomeOf(false, err)
	}
	present := func() (invoice.FormerBillTo, error) {
		formers, err := w.FormerBillTosOf(ctx, []catalogue.BillToID{f.BillTo})
		if err != nil {
			return invoice.FormerBillTo{}, err
		}
		return ordinalOf(formers, func(former invoice.FormerBillTo) bool { return former.Ordinal == f.Ordinal })
	}
	same := func(present invoice.FormerBillTo) bool {
		return reflect.DeepEqual(f, present) || f.DisplayName == "" && present.DisplayName == "" // new here too, if at another time
	}
	return imports.One(present, mutation.ErrNotFound, same, func() error {
		if found, err := w.BillTosOf(ctx, []catalogue.BillToID{f.BillTo}); err != nil || len(found) == 0 {
			return orUnknown(err, f.BillTo)
		}
		return w.ImportFormerBillTo(ctx, f)
	}, "former bill-to", f.BillTo)
}

// orUnknown returns err, or the fault for an unknown bill-to if it is ErrNotFound.
func orUnknown(err error, id catalogue.BillToID) error {
	if err != nil {
		return err
	}
	return fault.Unknown(catalogue.FieldBillTo, "bill-to", id)
}

func importFormerProfile(ctx context.Context, w Writer, f invoice.FormerProfile) (imports.Outcome, error) {
	if !f.Profile.Unset() {
		if err := f.Profile.Check(); err != nil {
			return imports.OutcomeOf(false, err)
		}
	}
	present := func() (invoice.FormerProfile, error) {
		formers, err := w.FormerProfiles(ctx)
		if err != nil {
			return invoice.FormerProfile{}, err
		}
		return ordinalOf(formers, func(former invoice.FormerProfile) bool { return former.Ordinal == f.Ordinal })
	}
	return imports.One(present, mutation.ErrNotFound, func(present invoice.FormerProfile) bool { return reflect.DeepEqual(f, present) },
		func() error { return w.ImportFormerProfile(ctx, f) }, "former billing profile", f.Ordinal)
}

func ordinalOf[T any](formers []T, is func(T) bool) (former T, err error) {
	place := slices.IndexFunc(formers, is)
	if place < 0 {
		return former, mutation.ErrNotFound
	}
	return formers[place], nil
}
