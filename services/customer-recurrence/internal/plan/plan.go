// Package plan tells what a company has contracted, and what it has consumed of that: the plan that the
// vendor shows of a grantor.
//
//   - A company's plan is what the customer with its RFC contracted. Of a company that is no customer
//     itself, it is what the customers contracted that it invoices.
//   - A customer that is cancelled counts only if nothing else has the RFC.
//   - Recurrences that are drafts or cancelled are no part of it, and those of cancelled customers neither. It is
//     summed in parts, however many there are.
//   - Several customers may have one RFC, such as the generic ones. Then it names no company.
package plan

import (
	"context"
	"errors"
	"math"
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

// Of returns a company with its plan as it is now, however many recurrences it has. Faults: NotFound; Invalid if
// several customers have the RFC; FailedPrecondition if the plan has more than recurrence.MaxServices different services.
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
		of, err := company.find(ctx, r)
		if err != nil {
			return Company{}, err
		}
		sums := newSums()
		err = recurrence.EachInForce(ctx, r, of, func(part []recurrence.Recurrence) error { return sums.add(ctx, r, part, s.Clock.Now()) })
		if err != nil {
			return Company{}, err
		}
		company.Detail = sums.largest()
		return company, company.nameDetail(ctx, r)
	})
}

// find finds the company and returns the condition of the customers whose recurrences its plan has.
func (c *Company) find(ctx context.Context, r Reader) (listing.Condition, error) {
	client, err := recurrence.ActiveClient(ctx, r, c.TaxID)
	if err == nil {
		c.Client = &client
		return listing.Is("name", client.ID), nil
	}
	if !errors.Is(err, fault.NotFound) {
		return nil, err
	}
	invoiced := listing.All(listing.Is("grantor_tax_id", c.TaxID), customer.NotMerged)
	customers, err := r.Customers(ctx, listing.Query{Where: invoiced, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(customers) == 0 {
		if client, err = recurrence.FormerClient(ctx, r, c.TaxID); err != nil {
			return nil, err
		}
		c.Client = &client
		return listing.Is("name", client.ID), nil
	}
	return listing.All(invoiced, customer.NotCancelled), nil
}

// nameDetail sets the name of the plan's service, if it is in the catalogue.
func (c *Company) nameDetail(ctx context.Context, r Reader) error {
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

// sums are what services include and what was consumed of them, in all recurrences of a plan.
type sums struct {
	of        map[catalogue.ServiceID]*Detail
	order     []*Detail
	unlimited map[catalogue.ServiceID]bool
}

func newSums() *sums {
	return &sums{of: make(map[catalogue.ServiceID]*Detail), unlimited: make(map[catalogue.ServiceID]bool)}
}

// servicesRead is about how many services are looked up at once.
const servicesRead = 1000

// add adds recurrences as they are at an instant.
func (s *sums) add(ctx context.Context, r Reader, contracts []recurrence.Recurrence, now time.Time) error {
	for from, services := 0, 0; from < len(contracts); services = 0 {
		until := from
		for until < len(contracts) && services < servicesRead {
			services += len(contracts[until].Services)
			until++
		}
		held, err := usage.Present(ctx, r, contracts[from:until], now)
		if err != nil {
			return err
		}
		for _, one := range held {
			s.addOne(one)
		}
		from = until
	}
	if len(s.order) > recurrence.MaxServices {
		return fault.New(fault.FailedPrecondition, reason.TooMany, "the plan has more than %d different services", recurrence.MaxServices)
	}
	return nil
}

func (s *sums) addOne(one usage.Held) {
	sum := s.of[one.ServiceID]
	if sum == nil {
		sum = &Detail{ServiceID: one.ServiceID, Window: one.Window}
		s.of[one.ServiceID], s.order = sum, append(s.order, sum)
	}
	sum.Included, sum.Consumed = plus(sum.Included, int64(one.Included)), plus(sum.Consumed, one.Consumed)
	if one.Included == 0 {
		s.unlimited[one.ServiceID] = true
	}
}

// plus adds numbers that are not negative, up to the largest that the vendor's answer holds.
func plus(a, b int64) int64 { return a + min(b, math.MaxInt64-a) }

// largest returns the service of whose limit the largest share is consumed, nil if there is no service.
func (s *sums) largest() (largest *Detail) {
	for _, sum := range s.order {
		if s.unlimited[sum.ServiceID] {
			sum.Included = 0
		}
		if largest == nil || sum.share() > largest.share() {
			largest = sum
		}
	}
	return largest
}

// share returns the consumed share of the limit, less than 0 if there is no limit.
func (d *Detail) share() float64 {
	if d.Included == 0 {
		return -1
	}
	return float64(d.Consumed) / float64(d.Included)
}
