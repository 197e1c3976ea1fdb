package customer

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Named names a customer by tax ids. Where they stand for several customers, UID decides, then Code.
type Named struct {
	GrantorTaxID, CustomerTaxID TaxID
	// UID, if it is not empty, decides alone.
	UID GUID
	// Code decides among those with the tax ids.
	Code string
	// Members are those of the request that can name one of several customers, for messages: empty if it
	// has none.
	Members string
}

// NotCancelled and NotMerged are the conditions that a customer is not in these states.
var (
	NotCancelled = listing.Not{Condition: listing.Is("state", Cancelled)}
	NotMerged    = listing.Not{Condition: listing.Is("state", Merged)}
)

// find returns the customer that is named. Customers that were merged into others are not found by tax
// ids, and cancelled ones only if no other is. Faults: NotFound, and Invalid if several are named.
func (n Named) find(ctx context.Context, r Reader) (Customer, error) {
	if n.UID != "" {
		found, err := r.Customers(ctx, listing.Query{Where: listing.Is("guid", n.UID), Limit: 1})
		if err == nil && len(found) == 0 {
			err = fault.New(fault.NotFound, reason.NotFound, "there is no customer %s", n.UID)
		}
		return append(found, Customer{})[0], err
	}
	where := listing.All(listing.Is("grantor_tax_id", n.GrantorTaxID), listing.Is("customer_tax_id", n.CustomerTaxID), NotMerged)
	found, err := r.Customers(ctx, listing.Query{Where: where, Limit: 2})
	narrowed := where
	if err == nil && len(found) == 2 && n.Code != "" {
		narrowed = listing.All(where, listing.Is("customer_code", n.Code))
		found, err = r.Customers(ctx, listing.Query{Where: narrowed, Limit: 2})
	} else if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, reason.NotFound, "%s has no customer %s", n.GrantorTaxID, n.CustomerTaxID)
	}
	if err == nil && len(found) == 2 {
		var standing []Customer
		if standing, err = r.Customers(ctx, listing.Query{Where: listing.All(narrowed, NotCancelled), Limit: 2}); len(standing) > 0 {
			found, where = standing, listing.All(where, NotCancelled)
		}
	}
	if err != nil {
		return Customer{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return Customer{}, n.ambiguous(ctx, r, where)
}

// ambiguous returns the fault that several customers match a condition.
func (n Named) ambiguous(ctx context.Context, r Reader, where listing.Condition) error {
	many, err := r.CountCustomers(ctx, where)
	if err != nil {
		return err
	}
	message := fmt.Sprintf("%d customers of %s have the tax id %s", many, n.GrantorTaxID, n.CustomerTaxID)
	if n.Members != "" {
		message += ": " + n.Members + " must name one of them"
	}
	return fault.New(fault.Invalid, reason.Ambiguous, "%s", message)
}

// GetNamed returns the customer that is named. Faults: NotFound, and Invalid if several are.
func (s *Service) GetNamed(ctx context.Context, named Named) (Customer, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Customer, error) { return named.find(ctx, r) })
}

// CorrectNamed applies revise to the customer that is named, with its portal password. The codes of
// the SAT's catalogues are free text. Faults: Invalid, also if several are named, and NotFound.
func (s *Service) CorrectNamed(ctx context.Context, named Named, revise func(*Customer) error, options ...mutation.Option) (Customer, error) {
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (Recorded, error) {
		found, err := named.find(ctx, w)
		if err != nil {
			return Recorded{}, err
		}
		after, _, err := mutation.Revise(ctx, w, customers, found.ID, "", func(_ context.Context, _ Writer, customer *Customer) error {
			return customer.correct(revise)
		})
		return Record(after), err
	}, func(_ context.Context, _ Writer, after Recorded) (Customer, error) { return after.Whole(), nil }, options...)
}
