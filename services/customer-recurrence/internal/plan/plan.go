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
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/settings"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/usage"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Reader reads the companies of one tenant, and what they contracted.
type Reader interface {
	settings.Reader
	customer.Lister
	// Service returns one service of the catalogue, or mutation.ErrNotFound.
	Service(ctx context.Context, id catalogue.ServiceID) (catalogue.Sold, error)
	// Anchors returns the different anchors of the recurrences that customers have in force, for all customers that
	// match a condition, at most limit, in any order.
	Anchors(ctx context.Context, customers listing.Condition, limit int) ([]Anchor, error)
	// Sums returns what those recurrences include of the services that they contract, and consumed in the window of their anchor, in the
	// order in which customers, their recurrences and these their services have them, at most limit. Without windows, all count by
	// the same one.
	Sums(ctx context.Context, customers listing.Condition, same usage.Window, windows map[Anchor]usage.Window, limit int) ([]Sum, error)
}

// Anchor is what the cycles of a recurrence are counted from: its start date, or else its paid-until date, or the zero date.
type Anchor struct {
	Cycle recurrence.Cycle
	From  date.Date
}

// Sum is what all recurrences of a plan include of a service, and consumed.
type Sum struct {
	ServiceID catalogue.ServiceID
	// Window is that of the first recurrence with the service.
	Window usage.Window
	// Included and Consumed are at most the largest number that they hold.
	Included, Consumed int64
	// Unlimited means that one of the recurrences has no limit.
	Unlimited bool
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
		found, err := sums(ctx, r, own, of, s.Clock.Now())
		if err != nil {
			return Company{}, err
		}
		company.Detail = largest(found)
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

// maxAnchors is the most anchors of a plan: there are four cycles, and these are start dates of many years.
const maxAnchors = 50_000

// sums returns the sums of a plan at an instant. Faults: FailedPrecondition if it has more different services or anchors than are read.
func sums(ctx context.Context, r Reader, own settings.Settings, of listing.Condition, now time.Time) ([]Sum, error) {
	today, err := own.Today(now)
	if err != nil {
		return nil, err
	}
	var windows map[Anchor]usage.Window
	if own.UsageWindow == settings.OfCycle {
		anchors, err := r.Anchors(ctx, of, maxAnchors+1)
		if err != nil {
			return nil, err
		}
		if len(anchors) > maxAnchors {
			return nil, fault.New(fault.FailedPrecondition, reason.TooMany, "the plan has recurrences of more than %d different cycles", maxAnchors)
		}
		windows = make(map[Anchor]usage.Window, len(anchors))
		for _, anchor := range anchors {
			windows[anchor] = usage.WindowOf(own, recurrence.Recurrence{Terms: recurrence.Terms{Cycle: anchor.Cycle, StartDate: anchor.From}}, today)
		}
	}
	found, err := r.Sums(ctx, of, usage.MonthOf(today), windows, recurrence.MaxServices+1)
	if err == nil && len(found) > recurrence.MaxServices {
		return nil, fault.New(fault.FailedPrecondition, reason.TooMany, "the plan has more than %d different services", recurrence.MaxServices)
	}
	return found, err
}

// largest returns the service of whose limit the largest share is consumed, the first of several, nil if there is no service.
func largest(sums []Sum) (largest *Detail) {
	for _, sum := range sums {
		detail := &Detail{ServiceID: sum.ServiceID, Window: sum.Window, Included: sum.Included, Consumed: sum.Consumed}
		if sum.Unlimited {
			detail.Included = 0
		}
		if largest == nil || detail.share() > largest.share() {
			largest = detail
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
