package recurrence

import (
	"context"
	"strconv"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// The bounds of what is read at once: MaxListed recurrences, with MaxServices services in all.
const (
	MaxListed   = 1000
	MaxServices = 100_000
	// listedPart is how many recurrences are read before they are counted.
	listedPart = 50
)

// Lister lists recurrences and customers.
type Lister interface {
	customer.Lister
	// Recurrences lists those of all customers.
	Recurrences(ctx context.Context, query listing.Query) ([]Recurrence, error)
}

// ActiveClient returns the active customer with an RFC, of any grantor, within a read. Cancelled and merged ones do
// not count. Faults: NotFound, Invalid if there are several.
func ActiveClient(ctx context.Context, r customer.Lister, taxID customer.TaxID) (customer.Customer, error) {
	return client(ctx, r, taxID, listing.All(customer.NotCancelled, customer.NotMerged))
}

// FormerClient returns the cancelled customer with an RFC. Faults: those of ActiveClient.
func FormerClient(ctx context.Context, r customer.Lister, taxID customer.TaxID) (customer.Customer, error) {
	return client(ctx, r, taxID, listing.Is("state", customer.Cancelled))
}

func client(ctx context.Context, r customer.Lister, taxID customer.TaxID, state listing.Condition) (customer.Customer, error) {
	where := listing.All(listing.Is("customer_tax_id", taxID), state)
	found, err := r.Customers(ctx, listing.Query{Where: where, Limit: 2})
	switch {
	case err != nil:
		return customer.Customer{}, err
	case len(found) == 0:
		return customer.Customer{}, fault.New(fault.NotFound, reason.NotFound, "there is no company %s", taxID)
	case len(found) == 1:
		return found[0], nil
	}
	many, err := r.CountCustomers(ctx, where)
	if err != nil {
		return customer.Customer{}, err
	}
	return customer.Customer{}, fault.New(fault.Invalid, reason.Ambiguous, "%d customers have the tax id %s, which names no one company", many, taxID)
}

// InForce returns the recurrences of customers that are neither drafts nor cancelled, in the order of
// their ids. Faults: FailedPrecondition if there are more than MaxListed, or they contract more than
// MaxServices.
func InForce(ctx context.Context, r Lister, of ...customer.Customer) ([]Recurrence, error) {
	return listed(ctx, r, inForce(of))
}

// StatesInForce returns the states of recurrences that count in a plan: neither drafts nor cancelled.
func StatesInForce() []State { return []State{Active, Paused, Cancelling} }

// inForce returns the condition of the recurrences of customers that are neither drafts nor cancelled.
func inForce(of []customer.Customer) listing.Condition {
	owners := make([]customer.ID, len(of))
	for i, one := range of {
		owners[i] = one.ID
	}
	return listing.All(listing.IsOneOf("customer", owners), listing.IsOneOf("state", StatesInForce()))
}

// eachPart calls do with the recurrences that match a condition, in parts and in the order of their ids.
func eachPart(ctx context.Context, r Lister, where listing.Condition, do func([]Recurrence) error) error {
	query := listing.Query{Where: where, Order: []listing.Order{{Field: "customer"}, {Field: "recurrence"}}, Limit: listedPart}
	for {
		part, err := r.Recurrences(ctx, query)
		if err != nil {
			return err
		}
		if err := do(part); err != nil {
			return err
		}
		if len(part) < listedPart {
			return nil
		}
		last := part[len(part)-1]
		query.After = listing.Cursor{string(last.Customer), string(last.ID)}
	}
}

// listed returns the recurrences that match a condition, in the order of their ids, read in parts.
// Faults: FailedPrecondition if there are more than MaxListed, or they contract more than MaxServices.
func listed(ctx context.Context, r Lister, where listing.Condition) (found []Recurrence, err error) {
	services := 0
	err = eachPart(ctx, r, where, func(part []Recurrence) error {
		for _, one := range part {
			services += len(one.Services)
		}
		found = append(found, part...)
		switch {
		case len(found) > MaxListed:
			return fault.New(fault.FailedPrecondition, reason.TooMany, "there are more than %d recurrences", MaxListed)
		case services > MaxServices:
			return fault.New(fault.FailedPrecondition, reason.TooMany, "the recurrences contract more than %d services", MaxServices)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

// ListOf returns the recurrences of a customer, or of the one that it was merged into, in whatever state.
// Faults: NotFound; FailedPrecondition if there are more than MaxListed, or they contract more than
// MaxServices.
func (s *Service) ListOf(ctx context.Context, id customer.ID) ([]Recurrence, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Recurrence, error) {
		standing, err := customer.Standing(ctx, r, id)
		if err != nil {
			return nil, err
		}
		return listed(ctx, r, listing.Is("customer", standing))
	})
}

// AddService adds a service by its number to the one recurrence that a company has in force, with the
// limit that its package's version of today includes. One that is contracted already stays as it is.
// Faults: NotFound for a company that is no customer, or a cancelled one, or has no recurrence, Invalid if there are several
// or the package does not take the service.
func (s *Service) AddService(ctx context.Context, company customer.TaxID, number int64, options ...mutation.Option) (Recurrence, error) {
	return mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (Recurrence, error) {
		client, err := ActiveClient(ctx, w, company)
		if err != nil {
			return Recurrence{}, err
		}
		found, err := InForce(ctx, w, client)
		switch {
		case err != nil:
			return Recurrence{}, err
		case len(found) == 0:
			return Recurrence{}, fault.New(fault.NotFound, reason.NotFound, "company %s has no recurrence in force", company)
		case len(found) > 1:
			return Recurrence{}, fault.New(fault.Invalid, reason.Ambiguous,
				"company %s has %d recurrences in force, and the request does not say which gets the service", company, len(found))
		}
		added, err := included(ctx, w, found[0].PackageID, strconv.FormatInt(number, 10))
		if err != nil {
			return Recurrence{}, err
		}
		return Update{Key: found[0].Key(), Requested: Requested{Services: true}, Revise: func(r *Recurrence, _ *fault.Violations) error {
			for _, contracted := range r.Services {
				if contracted.ServiceID == added.ServiceID || contracted.ExternalServiceID == added.ExternalServiceID {
					return nil
				}
			}
			r.Services = append(r.Services[:len(r.Services):len(r.Services)], added)
			return nil
		}}.run(ctx, w)
	}, options...)
}

// included returns a service with a number, with the limit that a package's version of today includes.
func included(ctx context.Context, w Writer, pack catalogue.PackageID, number string) (ContractedService, error) {
	service := ContractedService{ServiceID: catalogue.NewServiceID(number), ExternalServiceID: number}
	day, err := settings.Today(ctx, w, w.Now())
	if err != nil {
		return service, err
	}
	found, err := packageOf(ctx, w, pack)
	if err != nil {
		return service, err
	}
	version, _ := found.On(day)
	service.TransactionLimit = version.Of(service.ServiceID).Limit
	return service, nil
}
