package domain

import (
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Service is the use cases over a store. Every error is a fault, or trouble of the store; nothing is changed when one is
// returned.
type Service struct {
	store Store
	clock clock.Clock
}

// NewService is the use cases over a store, at the time of a clock.
func NewService(store Store, clock clock.Clock) *Service { return &Service{store: store, clock: clock} }

// errValidated undoes the transaction of a request that asked only whether it would succeed.
var errValidated = errors.New("validated only")

// write runs do in one write transaction at one instant. With validateOnly it does everything and keeps nothing.
func (s *Service) write(ctx context.Context, by auth.Principal, validateOnly bool, do func(context.Context, Writer, time.Time) error) error {
	at := s.clock.Now().UTC().Truncate(time.Microsecond)
	err := s.store.Write(ctx, by, at, func(ctx context.Context, writer Writer) error {
		if err := do(ctx, writer, at); err != nil {
			return err
		}
		if validateOnly {
			return errValidated
		}
		return nil
	})
	if errors.Is(err, errValidated) {
		return nil
	}
	return err
}

// list reads one page of at most size items and reports whether there are more.
func list[T any](ctx context.Context, s *Service, by auth.Principal, size int,
	read func(ctx context.Context, reader Reader, limit int) ([]T, error),
) (items []T, more bool, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		items, err = read(ctx, reader, size+1)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	if more = len(items) > size; more {
		items = items[:size]
	}
	return items, more, nil
}

// orMissing turns a row that does not exist into a NotFound fault, and wraps any other trouble.
func orMissing(err error, reason, name string) error {
	if errors.Is(err, ErrNotFound) {
		return fault.New(fault.NotFound, reason, "%s does not exist", name)
	}
	return err
}

// orTaken turns a unique key that is taken into an AlreadyExists fault.
func orTaken(err error, reason, format string, args ...any) error {
	if errors.Is(err, ErrTaken) {
		return fault.New(fault.AlreadyExists, reason, format, args...)
	}
	return err
}

func findCustomer(ctx context.Context, reader Reader, id CustomerID) (Customer, error) {
	customer, err := reader.Customer(ctx, id)
	return customer, orMissing(err, "CUSTOMER_NOT_FOUND", CustomerName(id))
}

func findRecurrence(ctx context.Context, reader Reader, customer CustomerID, id RecurrenceID) (Recurrence, error) {
	recurrence, err := reader.Recurrence(ctx, customer, id)
	return recurrence, orMissing(err, "RECURRENCE_NOT_FOUND", RecurrenceName(customer, id))
}
