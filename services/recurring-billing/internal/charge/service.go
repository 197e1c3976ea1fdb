package charge

import (
	"cmp"
	"context"
	"errors"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
)

// Service manages one-off charges. The tenant and the actor come from the context; without them,
// every method returns an Unauthenticated fault. If a method returns an error, nothing has changed.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service that uses store. It reads the clock only to date changes.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// charges is how mutations find and store charges.
var charges = mutation.Resource[ID, Charge, Writer]{What: "charge", Find: Writer.Charge, Keep: Writer.UpdateCharge}

// Create creates a charge, which is not billed.
func (s *Service) Create(ctx context.Context, charge Charge) (Charge, error) {
	charge.Invoice = ""
	return mutation.Create(ctx, s.Service, charge, func(ctx context.Context, w Writer, created *Charge) error {
		if err := Settle(ctx, w, created, Charge{}); err != nil {
			return err
		}
		return mutation.Explain(w.CreateCharge(ctx, created), "charge", created.ID)
	})
}

// CreateImported checks an imported charge and creates it. What it refers to may be retired, and an
// invoice may bill it.
func CreateImported(ctx context.Context, w Creator, charge *Charge) error {
	if err := Settle(ctx, w, charge, *charge); err != nil {
		return err
	}
	return mutation.Explain(w.CreateCharge(ctx, charge), "charge", charge.ID)
}

// Get returns the charge with the given number.
func (s *Service) Get(ctx context.Context, id ID) (Charge, error) {
	return mutation.Get(ctx, s.Service, "charge", Reader.Charge, id)
}

// List returns the charges that match a query.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Charge, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Charge, error) { return r.Charges(ctx, query) })
}

// Update applies revise to a charge that is not billed. A non-empty etag must match the charge's.
func (s *Service) Update(ctx context.Context, id ID, etag string, revise func(*Charge) error) (Charge, error) {
	return mutation.Change(ctx, s.Service, charges, id, etag, func(ctx context.Context, w Writer, charge *Charge) error {
		present := *charge
		if err := present.checkOpen(); err != nil {
			return err
		}
		if err := revise(charge); err != nil {
			return err
		}
		charge.ID, charge.Invoice, charge.Revision = present.ID, present.Invoice, present.Revision
		return Settle(ctx, w, charge, present)
	})
}

// Delete removes a charge that is not billed. A non-empty etag must match the charge's.
func (s *Service) Delete(ctx context.Context, id ID, etag string) error {
	return mutation.Delete(ctx, s.Service, charges, id, etag, func(ctx context.Context, w Writer, charge Charge) error {
		if err := charge.checkOpen(); err != nil {
			return err
		}
		return w.DeleteCharge(ctx, charge)
	})
}

// Settle completes a charge, or returns a fault that lists the rules it breaks. It may refer to what
// is retired only if the present charge does.
func Settle(ctx context.Context, r Catalogue, charge *Charge, present Charge) error {
	var v fault.Violations
	if err := settleItem(ctx, r, &v, charge, present.Item); err != nil {
		return err
	}
	billTo, err := r.BillTo(ctx, charge.BillTo)
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		v.Add(catalogue.FieldBillTo, reason.NotFound, "there is no bill-to %d", charge.BillTo)
	case err != nil:
		return err
	case billTo.Inactive && billTo.ID != present.BillTo:
		v.Add(catalogue.FieldBillTo, reason.Inactive, "bill-to %d is inactive", charge.BillTo)
	}
	charge.check(&v)
	return v.Err()
}

// settleItem sets the item's code to the catalogue's spelling, and a missing description to its.
func settleItem(ctx context.Context, r Catalogue, v *fault.Violations, charge *Charge, present catalogue.ItemCode) error {
	if charge.Item == "" {
		v.Add(FieldItem, reason.Required, "must name an item")
		return nil
	}
	if !v.Text(FieldItem, string(charge.Item), catalogue.MaxCode) {
		return nil // the store cannot be asked for it
	}
	item, err := r.FindItem(ctx, charge.Item)
	switch {
	case errors.Is(err, mutation.ErrNotFound):
		v.Add(FieldItem, reason.NotFound, "there is no item %q", string(charge.Item))
		return nil
	case err != nil:
		return err
	case item.Inactive && charge.Item != present && item.Code != present:
		v.Add(FieldItem, reason.Inactive, "item %q is inactive", string(item.Code))
	}
	charge.Item, charge.Description = item.Code, cmp.Or(charge.Description, item.Description)
	return nil
}
