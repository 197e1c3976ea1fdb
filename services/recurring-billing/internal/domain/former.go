package domain

import (
	"context"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
)

// FormerBillTo is what documents that were issued say of a bill-to that has changed since, or of one that was not there yet:
// without a name.
type FormerBillTo struct {
	BillTo BillToID
	// Ordinal is its place among the bill-to's own, from 1, the oldest first.
	Ordinal int
	// Last is the last invoice, and the last credit note if there is one, that say it.
	Last        Issued
	DisplayName string
	Address     Address
}

// FormerProfile is what documents that were issued say of a seller that has changed since.
type FormerProfile struct {
	// Ordinal is its place among the tenant's, from 1, the oldest first.
	Ordinal int
	// Last is the last invoice, and the last credit note if there is one, that say it.
	Last Issued
	// Profile is the zero Profile where none was set yet.
	Profile Profile
}

// FormerReader reads what documents say of what has changed since, in the order of bill-tos and ordinals.
type FormerReader interface {
	FormerBillTosOf(ctx context.Context, ids []BillToID) ([]FormerBillTo, error)
	FormerProfiles(ctx context.Context) ([]FormerProfile, error)
}

// FormerWriter keeps it for documents that moved in. ErrTaken where its place is.
type FormerWriter interface {
	TakeFormerBillTo(ctx context.Context, former FormerBillTo) error
	TakeFormerProfile(ctx context.Context, former FormerProfile) error
}

// exportFormer gives out what issued documents say of bill-tos and sellers that have changed since.
func exportFormer(ctx context.Context, r ArchiveReader, give func(Resource) error) error {
	for after, more := BillToID(0), true; more; {
		page, err := r.BillTos(ctx, after, exportPage)
		if err != nil {
			return err
		}
		ids := make([]BillToID, len(page))
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

func (f FormerBillTo) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	var v violations
	v.checkText("display_name", f.DisplayName, maxBillToName)
	v.checkAddress(f.Address)
	if err := v.err(); err != nil {
		return intake.Judge(false, err)
	}
	present := func() (FormerBillTo, error) {
		formers, err := w.FormerBillTosOf(ctx, []BillToID{f.BillTo})
		if err != nil {
			return FormerBillTo{}, err
		}
		return ordinalOf(formers, func(former FormerBillTo) bool { return former.Ordinal == f.Ordinal })
	}
	same := func(present FormerBillTo) bool {
		return f == present || f.DisplayName == "" && present.DisplayName == "" // new here too, if at another time
	}
	return intake.Take(present, ErrNotFound, same, func() error {
		if found, err := w.BillTosOf(ctx, []BillToID{f.BillTo}); err != nil || len(found) == 0 {
			return orUnknown(err, f.BillTo)
		}
		return w.TakeFormerBillTo(ctx, f)
	}, "former bill-to", f.BillTo)
}

// orUnknown is an error of the store, or that there is no such bill-to.
func orUnknown(err error, id BillToID) error {
	if err != nil {
		return err
	}
	return fault.InvalidField("bill_to", reason.NotFound, "there is no bill-to %d", id)
}

func (f FormerProfile) takeIn(ctx context.Context, w ArchiveWriter) (intake.Outcome, error) {
	if f.Profile != (Profile{}) {
		if err := f.Profile.check(); err != nil {
			return intake.Judge(false, err)
		}
	}
	present := func() (FormerProfile, error) {
		formers, err := w.FormerProfiles(ctx)
		if err != nil {
			return FormerProfile{}, err
		}
		return ordinalOf(formers, func(former FormerProfile) bool { return former.Ordinal == f.Ordinal })
	}
	return intake.Take(present, ErrNotFound, func(present FormerProfile) bool { return f == present },
		func() error { return w.TakeFormerProfile(ctx, f) }, "former billing profile", f.Ordinal)
}

func ordinalOf[T any](formers []T, is func(T) bool) (former T, err error) {
	place := slices.IndexFunc(formers, is)
	if place < 0 {
		return former, ErrNotFound
	}
	return formers[place], nil
}
