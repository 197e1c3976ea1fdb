package domain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/intake"
)

// Moved is a resource that lived elsewhere before: a NewCustomer, a NewRecurrence, a Change or a NewPackage.
type Moved interface {
	// takeIn takes the resource in for an import.
	takeIn(ctx context.Context, writer Writer, at time.Time) (intake.Outcome, error)
}

// Import takes resources in with their ids: an outcome each, in their order, all in one transaction. Those that others
// name stand before them; the changes of a recurrence follow it in the order of their versions. A resource is checked as
// a new one is. One that is there already, the same but for its version and times, stays as it is; another of its id is an
// AlreadyExists fault. A portal's password counts for a new customer alone. An error means that nothing was kept.
func (s *Service) Import(ctx context.Context, resources []Moved) (outcomes []intake.Outcome, err error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	at := s.clock.Now().UTC().Truncate(time.Microsecond)
	err = s.store.Write(ctx, by, at, func(ctx context.Context, writer Writer) error {
		outcomes = make([]intake.Outcome, len(resources))
		for i, resource := range resources {
			if outcomes[i], err = resource.takeIn(ctx, writer, at); err != nil {
				return err
			}
		}
		return nil
	})
	return outcomes, err
}

func (wanted NewCustomer) takeIn(ctx context.Context, writer Writer, at time.Time) (intake.Outcome, error) {
	customer, err := wanted.prepare()
	if err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Customer, error) { return writer.Customer(ctx, customer.ID) }, ErrNotFound,
		func(present Customer) bool {
			if wanted.UID == "" {
				customer.UID = present.UID
			}
			present.Version, present.CreateTime, present.UpdateTime = customer.Version, customer.CreateTime, customer.UpdateTime
			return same(customer, present)
		},
		func() error {
			_, err := createCustomer(ctx, writer, customer, at)
			return err
		}, "customer", customer.ID)
}

func (wanted NewPackage) takeIn(ctx context.Context, writer Writer, at time.Time) (intake.Outcome, error) {
	pack, err := wanted.prepare()
	if err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Package, error) { return writer.Package(ctx, pack.ID) }, ErrNotFound,
		func(present Package) bool {
			present.Version, present.CreateTime, present.UpdateTime = pack.Version, pack.CreateTime, pack.UpdateTime
			return same(pack, present)
		},
		func() error {
			_, err := createPackage(ctx, writer, pack, at)
			return err
		}, "package", pack.ID)
}

func (wanted NewRecurrence) takeIn(ctx context.Context, writer Writer, at time.Time) (intake.Outcome, error) {
	recurrence, err := wanted.prepare()
	if err != nil {
		return intake.Judge(false, err)
	}
	if err := checkID("customer_id", string(recurrence.Customer), maxCustomerID); err != nil {
		return intake.Judge(false, err)
	}
	return intake.Take(func() (Recurrence, error) { return writer.Recurrence(ctx, recurrence.Customer, recurrence.ID) }, ErrNotFound,
		func(present Recurrence) bool {
			present.Version, present.CreateTime, present.UpdateTime = recurrence.Version, recurrence.CreateTime, recurrence.UpdateTime
			present.Price = present.Price.Trim(0)
			return same(recurrence, present)
		},
		func() error {
			_, err := createRecurrence(ctx, writer, recurrence, wanted.request(), at)
			return err
		}, "recurrence", RecurrenceName(recurrence.Customer, recurrence.ID))
}

func (c Change) takeIn(ctx context.Context, writer Writer, at time.Time) (intake.Outcome, error) {
	if err := c.check(); err != nil {
		return intake.Judge(false, err)
	}
	recurrence, err := findRecurrence(ctx, writer, c.Customer, c.Recurrence)
	if err != nil {
		return intake.Judge(false, err)
	}
	name := ChangeName(c.Customer, c.Recurrence, c.Version)
	return intake.Take(func() (Change, error) { return writer.Change(ctx, c.Customer, c.Recurrence, c.Version) }, ErrNotFound,
		func(present Change) bool {
			present.Difference.trimPrices()
			return same(c, present)
		},
		func() error {
			if c.Version != recurrence.Version+1 {
				return fault.New(fault.FailedPrecondition, reason.OutOfOrder,
					"the next change of %s is %d: bring changes in the order of their numbers", RecurrenceName(c.Customer, c.Recurrence), recurrence.Version+1)
			}
			// What the change made of the recurrence is there already; what it counts for is not.
			recurrence.Version, recurrence.UpdateTime = c.Version, at
			return errors.Join(writer.UpdateRecurrence(ctx, recurrence), writer.CreateChange(ctx, c))
		}, "change", name)
}

// trimPrices leaves off the zeros at the ends of the prices: a store keeps those that were sent, messages have none.
func (d *Difference) trimPrices() {
	d.OldPrice, d.NewPrice, d.PriceDifference = d.OldPrice.Trim(0), d.NewPrice.Trim(0), d.PriceDifference.Trim(0)
}

// check is nil if the change may be kept; else an Invalid fault of all its violations.
func (c Change) check() error {
	if err := checkID("name", string(c.Customer), maxCustomerID); err != nil {
		return err
	}
	if err := checkID("name", string(c.Recurrence), maxRecurrenceID); err != nil {
		return err
	}
	rules, d := &rules{}, c.Difference
	rules.text("actor", c.Actor, maxActor)
	rules.text("old_package_id", string(d.OldPackageID), maxContractedPackageID)
	rules.text("new_package_id", string(d.NewPackageID), maxContractedPackageID)
	rules.text("old_display_name", d.OldDisplayName, maxDisplayName)
	rules.text("new_display_name", d.NewDisplayName, maxDisplayName)
	rules.digits("old_price", d.OldPrice)
	rules.digits("new_price", d.NewPrice)
	rules.currency("old_price", d.OldCurrency)
	rules.currency("new_price", d.NewCurrency)
	if len(d.Added)+len(d.Removed)+len(d.Changed) > 2*maxServices {
		rules.add("changed_services", reason.TooMany, "must be at most %d with those added and removed", 2*maxServices)
		return rules.err()
	}
	each := func(list string, services []ContractedService) {
		for i := range services {
			rules.in(list+servicePath(i), func() { services[i].check(rules) })
		}
	}
	each("added_", d.Added)
	each("removed_", d.Removed)
	for i := range d.Changed {
		rules.in("changed_"+servicePath(i), func() { d.Changed[i].Old.check(rules); d.Changed[i].New.check(rules) })
	}
	if err := rules.err(); err != nil {
		return err
	}
	move, err := d.priceMove()
	if err != nil || move.Cmp(d.PriceDifference) != 0 || direction(move) != d.Direction {
		rules.add("price_difference", reason.Inconsistent,
			"must be the new price less the old one, and the direction that way; of two currencies, nothing and lateral")
	}
	return rules.err()
}

// maxActor is the longest name of who made a change, in UTF-16 units.
const maxActor = 255

// same reports whether two states are one as JSON, in which secrets do not stand.
func same[T any](a, b T) bool {
	first, err := json.Marshal(a)
	if err != nil {
		return false
	}
	second, err := json.Marshal(b)
	return err == nil && bytes.Equal(first, second)
}

// exportPage is how many resources of a kind an export reads at once.
const exportPage = 500

// Export gives out all resources of a tenant, of one snapshot: customers, each with its recurrences and their changes, and
// then packages, so that a recurrence that a later catalogue would refuse is taken in again.
func (s *Service) Export(ctx context.Context, tenant auth.Tenant, give func(resource any) error) error {
	return s.store.Read(ctx, tenant, func(ctx context.Context, reader Reader) error {
		err := eachOf(func(after CustomerID) ([]Customer, bool, error) { return reader.Customers(ctx, after, exportPage) },
			func(c Customer) CustomerID { return c.ID },
			func(c Customer) error {
				if err := give(c); err != nil {
					return err
				}
				return exportRecurrences(ctx, reader, c.ID, give)
			})
		if err != nil {
			return err
		}
		return eachOf(func(after PackageID) ([]Package, bool, error) { return reader.Packages(ctx, after, exportPage) },
			func(p Package) PackageID { return p.ID }, func(p Package) error { return give(p) })
	})
}

func exportRecurrences(ctx context.Context, reader Reader, customer CustomerID, give func(resource any) error) error {
	return eachOf(func(after RecurrenceID) ([]Recurrence, bool, error) {
		return reader.Recurrences(ctx, customer, after, exportPage)
	}, func(r Recurrence) RecurrenceID { return r.ID }, func(r Recurrence) error {
		if err := give(r); err != nil {
			return err
		}
		return eachOf(func(after Version) ([]Change, bool, error) {
			return reader.Changes(ctx, customer, r.ID, after, exportPage)
		},
			func(c Change) Version { return c.Version }, func(c Change) error { return give(c) })
	})
}

// eachOf does something with every resource of a list, page by page.
func eachOf[K, T any](page func(after K) ([]T, bool, error), key func(T) K, do func(T) error) error {
	var after K
	for more := true; more; {
		var list []T
		var err error
		if list, more, err = page(after); err != nil {
			return err
		}
		for _, resource := range list {
			if err := do(resource); err != nil {
				return err
			}
			after = key(resource)
		}
	}
	return nil
}
