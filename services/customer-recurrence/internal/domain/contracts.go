package domain

import (
	"context"
	"errors"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// NewRecurrence is a recurrence to contract.
type NewRecurrence struct {
	// Customer contracts it.
	Customer CustomerID
	// ID is the id wanted; empty: one is made.
	ID RecurrenceID
	// PackageID, DisplayName, Price, Currency and Services are the recurrence's own.
	PackageID   PackageID
	DisplayName string
	Price       decimal.Decimal
	Currency    Currency
	Services    []RequestedService
	// ValidateOnly asks what would be created and creates nothing.
	ValidateOnly bool
}

// request is what is asked for, all of it.
func (wanted NewRecurrence) request() Request {
	return Request{
		PackageID: &wanted.PackageID, DisplayName: &wanted.DisplayName, Price: &wanted.Price, Currency: &wanted.Currency,
		Services: &wanted.Services,
	}
}

// prepare is the recurrence to contract, not checked yet, but for its id.
func (wanted NewRecurrence) prepare() (Recurrence, error) {
	if wanted.ID == "" {
		wanted.ID = RecurrenceID(id.New())
	}
	if err := checkID("recurrence_id", string(wanted.ID), maxRecurrenceID); err != nil {
		return Recurrence{}, err
	}
	return Recurrence{Customer: wanted.Customer, ID: wanted.ID, Version: 1}.with(wanted.request()), nil
}

func createRecurrence(ctx context.Context, writer Writer, recurrence Recurrence, request Request, at time.Time) (Recurrence, error) {
	if _, err := findCustomer(ctx, writer, recurrence.Customer); err != nil {
		return Recurrence{}, err
	}
	if err := recurrence.accept(ctx, writer, request); err != nil {
		return Recurrence{}, err
	}
	recurrence.CreateTime, recurrence.UpdateTime = at, at
	return recurrence, orTaken(writer.CreateRecurrence(ctx, recurrence),
		"%s exists", RecurrenceName(recurrence.Customer, recurrence.ID))
}

// CreateRecurrence contracts a recurrence for a customer. Faults: Invalid, NotFound for the customer, AlreadyExists.
func (s *Service) CreateRecurrence(ctx context.Context, by auth.Principal, wanted NewRecurrence) (Recurrence, error) {
	recurrence, err := wanted.prepare()
	if err != nil {
		return Recurrence{}, err
	}
	return write(ctx, s, by, wanted.ValidateOnly, func(ctx context.Context, writer Writer, at time.Time) (Recurrence, error) {
		return createRecurrence(ctx, writer, recurrence, wanted.request(), at)
	})
}

// accept is nil if the recurrence, which the request led to, may be kept; else an Invalid fault of all its violations.
func (r *Recurrence) accept(ctx context.Context, reader Reader, request Request) error {
	rules := &rules{prefix: "recurrence."}
	request.check(rules, r.ID)
	r.check(rules)
	if err := rules.err(); err != nil {
		return err
	}
	if request.PackageID == nil && request.Services == nil {
		return nil
	}
	pack, err := reader.Package(ctx, r.PackageID)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	r.checkCatalogue(rules, pack, request)
	return rules.err()
}

// Recurrence is one recurrence. Faults: NotFound.
func (s *Service) Recurrence(ctx context.Context, by auth.Principal, customer CustomerID, id RecurrenceID) (recurrence Recurrence, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		recurrence, err = findRecurrence(ctx, reader, customer, id)
		return err
	})
	return recurrence, err
}

// Recurrences is a page of a customer's recurrences after one, and whether there are more. Faults: NotFound for the
// customer.
func (s *Service) Recurrences(ctx context.Context, by auth.Principal, customer CustomerID, after RecurrenceID, size int) ([]Recurrence, bool, error) {
	return list(ctx, s, by, func(ctx context.Context, reader Reader) ([]Recurrence, bool, error) {
		if _, err := findCustomer(ctx, reader, customer); err != nil {
			return nil, false, err
		}
		return reader.Recurrences(ctx, customer, after, size)
	})
}

// Update is a change to make to a recurrence, at once.
type Update struct {
	// Customer and Recurrence name what to change.
	Customer   CustomerID
	Recurrence RecurrenceID
	// Request is what to make of it.
	Request Request
	// Etag is the etag that the caller has read; empty: any.
	Etag string
}

// UpdateRecurrence makes a change and keeps what it was as a Change. It answers the customer and the recurrence after
// it. Faults: Invalid, NotFound, Conflict for an etag that is not the present one.
func (s *Service) UpdateRecurrence(ctx context.Context, by auth.Principal, update Update) (Customer, Recurrence, error) {
	updated, err := write(ctx, s, by, false, func(ctx context.Context, writer Writer, at time.Time) (recordedUpdate, error) {
		customer, err := findCustomer(ctx, writer, update.Customer)
		if err != nil {
			return recordedUpdate{}, err
		}
		before, err := findRecurrence(ctx, writer, update.Customer, update.Recurrence)
		if err != nil {
			return recordedUpdate{}, err
		}
		if update.Etag != "" && update.Etag != before.Version.Etag() {
			return recordedUpdate{}, fault.New(fault.Conflict, reason.EtagMismatch, "%s has changed since it was read; read it again",
				RecurrenceName(before.Customer, before.ID))
		}
		after, err := change(ctx, writer, before, update.Request, by.Actor, at)
		return recordedUpdate{Customer: recorded(customer), Recurrence: after}, err
	})
	return updated.Customer.whole(), updated.Recurrence, err
}

// change keeps what the request makes of a recurrence, together with the difference. A request that changes nothing
// writes nothing.
func change(ctx context.Context, writer Writer, before Recurrence, request Request, actor string, at time.Time) (Recurrence, error) {
	after := before.with(request)
	if err := after.accept(ctx, writer, request); err != nil {
		return Recurrence{}, err
	}
	difference, err := Compare(before, after)
	if err != nil {
		return Recurrence{}, err
	}
	if difference.IsEmpty() {
		return before, nil
	}
	after.Version, after.UpdateTime = before.Version+1, at
	if err := writer.UpdateRecurrence(ctx, after); err != nil {
		return Recurrence{}, err
	}
	return after, writer.CreateChange(ctx, Change{
		Customer: after.Customer, Recurrence: after.ID, Version: after.Version,
		Difference: difference, Actor: actor, CreateTime: at,
	})
}

// Change is the change that made a version of a recurrence. Faults: NotFound.
func (s *Service) Change(ctx context.Context, by auth.Principal, customer CustomerID, recurrence RecurrenceID, version Version) (change Change, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		change, err = reader.Change(ctx, customer, recurrence, version)
		return orMissing(err, ChangeName(customer, recurrence, version))
	})
	return change, err
}

// Changes is a page of the changes of a recurrence after a version, oldest first, and whether there are more. Faults:
// NotFound for the recurrence.
func (s *Service) Changes(ctx context.Context, by auth.Principal, customer CustomerID, recurrence RecurrenceID, after Version, size int) ([]Change, bool, error) {
	return list(ctx, s, by, func(ctx context.Context, reader Reader) ([]Change, bool, error) {
		if _, err := findRecurrence(ctx, reader, customer, recurrence); err != nil {
			return nil, false, err
		}
		return reader.Changes(ctx, customer, recurrence, after, size)
	})
}
