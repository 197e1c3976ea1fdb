package customer

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/cfdi"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Named names a customer by tax ids. Where they do not name one customer, UID decides, then Code.
type Named struct {
	GrantorTaxID, CustomerTaxID TaxID
	// UID, if it is not empty, decides where the tax ids name several customers or none, or are generic.
	// Otherwise it must be that of the customer that they name.
	UID GUID
	// UIDField is the field that UID was sent in, for violations.
	UIDField string
	// Code decides among several with the tax ids.
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
// ids, and cancelled ones only if no other is. Faults: NotFound, and Invalid if several are named, or UID
// is not that of the customer whose tax ids they are.
func (n Named) find(ctx context.Context, r Reader) (Customer, error) {
	where := n.taxIDs()
	found, where, err := standing(ctx, r, where)
	if err != nil {
		return Customer{}, err
	}
	switch {
	case n.UID != "":
		return n.findUID(ctx, r, found)
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return Customer{}, fault.New(fault.NotFound, reason.NotFound, "%s has no customer %s", n.GrantorTaxID, n.CustomerTaxID)
	case n.Code != "":
		coded, _, err := standing(ctx, r, listing.All(n.taxIDs(), listing.Is("customer_code", n.Code)))
		if err != nil || len(coded) == 1 {
			return first(coded), err
		}
	}
	return Customer{}, n.ambiguous(ctx, r, where)
}

// taxIDs returns the condition that a customer has the tax ids and was not merged.
func (n Named) taxIDs() listing.Condition {
	return listing.All(listing.Is("grantor_tax_id", n.GrantorTaxID), listing.Is("customer_tax_id", n.CustomerTaxID), NotMerged)
}

// standing returns one or two of the customers that match a condition and are not cancelled, with the condition
// that they match; of those that are cancelled, if there is no other.
func standing(ctx context.Context, r Reader, where listing.Condition) ([]Customer, listing.Condition, error) {
	open := listing.All(where, NotCancelled)
	found, err := r.Customers(ctx, listing.Query{Where: open, Limit: 2})
	if err != nil || len(found) > 0 {
		return found, open, err
	}
	found, err = r.Customers(ctx, listing.Query{Where: where, Limit: 2})
	return found, where, err
}

// first returns the first customer of a list, or none.
func first(found []Customer) (one Customer) {
	if len(found) > 0 {
		one = found[0]
	}
	return one
}

// findUID returns the customer that UID names. named are those that the tax ids name, at most two: if they name
// one, and are not generic, it must be that one.
func (n Named) findUID(ctx context.Context, r Reader, named []Customer) (Customer, error) {
	found, err := r.Customers(ctx, listing.Query{Where: listing.Is("guid", n.UID), Limit: 1})
	if err != nil {
		return Customer{}, err
	}
	one := first(found)
	has := one.Profile.GrantorTaxID == n.GrantorTaxID && one.Profile.CustomerTaxID == n.CustomerTaxID
	switch {
	case len(named) == 1 && !has && !cfdi.Generic(string(n.CustomerTaxID)):
		return Customer{}, fault.InvalidField(n.UIDField, reason.IDMismatch,
			"is not that of the customer %s of %s: leave it out, or give that customer's", n.CustomerTaxID, n.GrantorTaxID)
	case len(found) == 0:
		return Customer{}, fault.New(fault.NotFound, reason.NotFound, "there is no customer %s", n.UID)
	}
	return one, nil
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
	return s.correctNamed(ctx, named, revise, false, options...)
}

// CorrectTaxData does what CorrectNamed does, and takes any names of a person, as the vendor's page of tax data has
// no pattern for them.
func (s *Service) CorrectTaxData(ctx context.Context, named Named, revise func(*Customer) error, options ...mutation.Option) (Customer, error) {
	return s.correctNamed(ctx, named, revise, true, options...)
}

func (s *Service) correctNamed(ctx context.Context, named Named, revise func(*Customer) error, anyNames bool, options ...mutation.Option) (Customer, error) {
	return mutation.RunAs(ctx, s.Service, func(ctx context.Context, w Writer) (Recorded, error) {
		found, err := named.find(ctx, w)
		if err != nil {
			return Recorded{}, err
		}
		after, _, err := mutation.Revise(ctx, w, customers, found.ID, "", func(_ context.Context, _ Writer, customer *Customer) error {
			if anyNames {
				return customer.correct(revise, nil)
			}
			before := customer.Profile
			return customer.correct(revise, &before)
		})
		return Record(after), err
	}, func(_ context.Context, _ Writer, after Recorded) (Customer, error) { return after.Whole(), nil }, options...)
}
