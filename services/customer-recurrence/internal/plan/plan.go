// Package plan tells what a company has contracted, and what it has consumed of that: the plan that the
// vendor shows of a grantor.
//
//   - A company's plan is what the customer with its RFC contracted. Of a company that is no customer
//     itself, it is what the customers contracted that it invoices.
//   - A customer that is cancelled counts only if nothing else has the RFC.
//   - Recurrences that are drafts or cancelled are no part of it.
//   - Several customers may have one RFC, such as the generic ones. Then it names no company.
package plan

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the companies of one tenant, and what they contracted.
type Reader interface {
	usage.Reader
	recurrence.Lister
	// Service returns one service of the catalogue, or mutation.ErrNotFound.
	Service(ctx context.Context, id catalogue.ServiceID) (catalogue.Sold, error)
}

// Writer writes nothing: plans are changed through recurrences.
type Writer interface {
	Reader
	mutation.Writer
}

// Service reads plans. Its errors are faults or errors of the store.
type Service struct {
	mutation.Service[Reader, Writer]
}

// New returns a service on a store that takes the time from clock.
func New(store mutation.Store[Reader, Writer], clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Company is a company with the state of its plan.
type Company struct {
	TaxID customer.TaxID
	// Client is the customer that the company is, or nil.
	Client *customer.Customer
	// Zone is the tenant's time zone.
	Zone *time.Location
	// Detail is the service of whose limit the largest share is consumed; nil if there is no service.
	Detail *Detail
}

// Detail is what was consumed of a service.
type Detail struct {
	ServiceID catalogue.ServiceID
	// Name is the service's name in the catalogue, empty if it has none there.
	Name string
	// Window is that of the first recurrence with the service.
	Window usage.Window
	// Included is the number of transactions, 0 if there is no limit.
	Included, Consumed int64
}

// Of returns a company with its plan as it is now. Faults: NotFound; Invalid if several customers have
// the RFC; FailedPrecondition if the plan has more than recurrence.MaxListed recurrences, or they more than recurrence.MaxServices services.
func (s *Service) Of(ctx context.Context, taxID customer.TaxID) (Company, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Company, error) {
		own, err := r.Settings(ctx)
		if err != nil {
			return Company{}, err
		}
		company := Company{TaxID: taxID}
		if company.Zone, err = own.Location(); err != nil {
			return Company{}, err
		}
		contracts, err := company.contracts(ctx, r)
		if err != nil {
			return Company{}, err
		}
		return company, company.sum(ctx, r, contracts, s.Clock.Now())
	})
}

// contracts finds the company and returns the recurrences of its plan.
func (c *Company) contracts(ctx context.Context, r Reader) ([]recurrence.Recurrence, error) {
	client, err := recurrence.ActiveClient(ctx, r, c.TaxID)
	if err == nil {
		c.Client = &client
		return recurrence.InForce(ctx, r, client)
	}
	if !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	customers, err := r.Customers(ctx, listing.Query{
		Where: listing.All(listing.Is("grantor_tax_id", c.TaxID), customer.NotMerged), Order: []listing.Order{{Field: "name"}}, Limit: recurrence.MaxListed + 1,
	})
	switch {
	case err != nil:
		return nil, err
	case len(customers) == 0:
		client, err := recurrence.FormerClient(ctx, r, c.TaxID)
		if err == nil {
			c.Client = &client
		}
		return nil, err
	case len(customers) > recurrence.MaxListed:
		return nil, fault.New(fault.FailedPrecondition, reason.TooMany, "%s has more than %d customers: their plan is not summed", c.TaxID, recurrence.MaxListed)
	}
	return recurrence.InForce(ctx, r, customers...)
}

// sum finds the service of whose limit the largest share is consumed.
func (c *Company) sum(ctx context.Context, r Reader, contracts []recurrence.Recurrence, now time.Time) error {
	held, err := usage.Present(ctx, r, contracts, now)
	if err != nil {
		return err
	}
	sums := make(map[catalogue.ServiceID]*Detail)
	var order []*Detail
	unlimited := make(map[catalogue.ServiceID]bool)
	for _, one := range held {
		sum := sums[one.ServiceID]
		if sum == nil {
			sum = &Detail{ServiceID: one.ServiceID, Window: one.Window}
			sums[one.ServiceID], order = sum, append(order, sum)
		}
		sum.Included, sum.Consumed = sum.Included+int64(one.Included), sum.Consumed+one.Consumed
		unlimited[one.ServiceID] = unlimited[one.ServiceID] || one.Included == 0
	}
	for _, sum := range order {
		if unlimited[sum.ServiceID] {
			sum.Included = 0
		}
		if c.Detail == nil || sum.share() > c.Detail.share() {
			c.Detail = sum
		}
	}
	if c.Detail == nil {
		return nil
	}
	sold, err := r.Service(ctx, c.Detail.ServiceID)
	if errors.Is(err, mutation.ErrNotFound) {
		return nil
	}
	c.Detail.Name = sold.DisplayName
	return err
}

// share returns the consumed share of the limit, less than 0 if there is no limit.
func (d *Detail) share() float64 {
	if d.Included == 0 {
		return -1
	}
	return float64(d.Consumed) / float64(d.Included)
}
