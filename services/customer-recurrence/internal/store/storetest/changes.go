package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// catalogueChanges checks updates and deletions of customers, packages and recurrences.
func catalogueChanges(t *testing.T, o Opened) {
	o.createFamily(t, ana, "one")
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		return errors.Join(w.CreateCustomer(ctx, newCustomer("two")), w.CreatePackage(ctx, pack("two")), w.CreateRecurrence(ctx, newRecurrence("two", "two")))
	})
	customer, offer := newCustomer("two"), pack("two")
	customer.Profile.BusinessName, customer.Profile.DeliveryPortal.Password, customer.Inactive = "Other", "quiet", true
	customer.State, customer.Cancellation, customer.MergedInto = "MERGED", nil, "one"
	offer.DisplayName, offer.ServiceIDs, offer.Enforced, offer.Inactive = "Other", nil, false, true
	offer.Versions, offer.Next = nil, nil
	later := at.Add(time.Hour)
	if err := o.Store.Write(t.Context(), ana, later, func(ctx context.Context, w books.Writer) error {
		updatedCustomer, updatedOffer := customer, offer
		return errors.Join(w.UpdateCustomer(ctx, &updatedCustomer), w.UpdatePackage(ctx, &updatedOffer))
	}); err != nil {
		t.Fatalf("writing: %v", err)
	}
	stale, staleOffer := customer, offer
	customer.Version, customer.UpdateTime, offer.Version, offer.UpdateTime = 2, later, 2, later
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		gotCustomer, err1 := r.Customer(ctx, "two")
		gotOffer, err2 := r.Package(ctx, "two")
		other, err3 := r.Customer(ctx, "one")
		same(t, customer, gotCustomer)
		same(t, offer, gotOffer)
		same(t, newCustomer("one"), other)
		return errors.Join(err1, err2, err3)
	})
	for name, do := range map[string]func(context.Context, books.Writer) error{
		"update customer": func(ctx context.Context, w books.Writer) error { c := stale; return w.UpdateCustomer(ctx, &c) },
		"update package":  func(ctx context.Context, w books.Writer) error { p := staleOffer; return w.UpdatePackage(ctx, &p) },
		"delete customer": func(ctx context.Context, w books.Writer) error { return w.DeleteCustomer(ctx, stale) },
		"delete package":  func(ctx context.Context, w books.Writer) error { return w.DeletePackage(ctx, staleOffer) },
		"delete recurrence": func(ctx context.Context, w books.Writer) error {
			return w.DeleteRecurrence(ctx, newRecurrence("one", "two"))
		},
	} {
		t.Run(name, func(t *testing.T) { o.expectError(t, ana, mutation.ErrStale, do) })
	}
	o.write(t, ana, func(ctx context.Context, w books.Writer) error {
		ofCustomer, err1 := w.RecurrencesOfCustomer(ctx, "two")
		ofPackage, err2 := w.RecurrencesOfPackage(ctx, newRecurrence("two", "two").PackageID)
		merged, err3 := w.DuplicatesOfCustomer(ctx, "two")
		same(t, []int64{1, 2, 0}, []int64{ofCustomer, ofPackage, merged})
		return errors.Join(err1, err2, err3, w.DeleteRecurrence(ctx, newRecurrence("two", "two")), w.DeleteCustomer(ctx, customer), w.DeletePackage(ctx, offer))
	})
	o.read(t, ana.Tenant, func(ctx context.Context, r books.Reader) error {
		for what, find := range finders("two") {
			if err := find(ctx, r); !errors.Is(err, mutation.ErrNotFound) {
				t.Errorf("reading a deleted %s: got %v, want ErrNotFound", what, err)
			}
		}
		return nil
	})
}
