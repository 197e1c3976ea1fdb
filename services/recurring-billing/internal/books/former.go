package books

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// exportFormer gives what issued documents say of bill-tos and sellers that have changed since.
func exportFormer(ctx context.Context, r Reader, give func(Resource) error) error {
	for after, more := catalogue.BillToID(0), true; more; {
		page, err := r.BillTos(ctx, after, exportPage)
		if err != nil {
			return err
		}
		ids := make([]catalogue.BillToID, len(page))
		for i, billTo := range page {
			ids[i], after = billTo.ID, billTo.ID
		}
		formers, err := r.FormerBillTosOf(ctx, ids)
		if err != nil {
			return err
		}
		if err := giveAll(formers, give); err != nil {
			return err
		}
		more = len(page) == exportPage
	}
	profiles, err := r.FormerProfiles(ctx)
	if err != nil {
		return err
	}
	return giveAll(profiles, give)
}

func giveAll[T Resource](resources []T, give func(Resource) error) error {
	for _, resource := range resources {
		if err := give(resource); err != nil {
			return err
		}
	}
	return nil
}

func importFormerBillTo(ctx context.Context, w Writer, f invoice.FormerBillTo) (intake.Outcome, error) {
	var v resource.Violations
	v.CheckText("display_name", f.DisplayName, catalogue.MaxName)
	catalogue.CheckAddress(&v, f.Address)
	if err := v.Err(); err != nil {
		return intake.Judge(false, err)
	}
	present := func() (invoice.FormerBillTo, error) {
		formers, err := w.FormerBillTosOf(ctx, []catalogue.BillToID{f.BillTo})
		if err != nil {
			return invoice.FormerBillTo{}, err
		}
		return ordinalOf(formers, func(former invoice.FormerBillTo) bool { return former.Ordinal == f.Ordinal })
	}
	same := func(present invoice.FormerBillTo) bool {
		return f == present || f.DisplayName == "" && present.DisplayName == "" // new here too, if at another time
	}
	return intake.Take(present, resource.ErrNotFound, same, func() error {
		if found, err := w.BillTosOf(ctx, []catalogue.BillToID{f.BillTo}); err != nil || len(found) == 0 {
			return orUnknown(err, f.BillTo)
		}
		return w.ImportFormerBillTo(ctx, f)
	}, "former bill-to", f.BillTo)
}

// orUnknown is an error of the store, or that there is no such bill-to.
func orUnknown(err error, id catalogue.BillToID) error {
	if err != nil {
		return err
	}
	return fault.InvalidField("bill_to", reason.NotFound, "there is no bill-to %d", id)
}

func importFormerProfile(ctx context.Context, w Writer, f invoice.FormerProfile) (intake.Outcome, error) {
	if f.Profile != (invoice.Profile{}) {
		if err := f.Profile.Check(); err != nil {
			return intake.Judge(false, err)
		}
	}
	present := func() (invoice.FormerProfile, error) {
		formers, err := w.FormerProfiles(ctx)
		if err != nil {
			return invoice.FormerProfile{}, err
		}
		return ordinalOf(formers, func(former invoice.FormerProfile) bool { return former.Ordinal == f.Ordinal })
	}
	return intake.Take(present, resource.ErrNotFound, func(present invoice.FormerProfile) bool { return f == present },
		func() error { return w.ImportFormerProfile(ctx, f) }, "former billing profile", f.Ordinal)
}

func ordinalOf[T any](formers []T, is func(T) bool) (former T, err error) {
	place := slices.IndexFunc(formers, is)
	if place < 0 {
		return former, resource.ErrNotFound
	}
	return formers[place], nil
}
