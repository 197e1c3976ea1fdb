package domain

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/idempotency"
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

// write runs do in one write transaction at one instant, and once only for the idempotency key that ctx may carry: a key
// with a recorded outcome is answered with that. The outcome must survive JSON exactly. With validateOnly everything is
// done and nothing kept, no outcome either.
func write[T any](ctx context.Context, s *Service, by auth.Principal, validateOnly bool,
	do func(ctx context.Context, writer Writer, at time.Time) (T, error),
) (outcome T, err error) {
	at := s.clock.Now().UTC().Truncate(time.Microsecond)
	err = s.store.Write(ctx, by, at, func(ctx context.Context, writer Writer) (err error) {
		if validateOnly {
			outcome, err = do(ctx, writer, at)
			return cmp.Or(err, errValidated)
		}
		outcome, err = idempotency.Do(ctx, writer, at, func() (T, error) { return do(ctx, writer, at) })
		return err
	})
	if err != nil && !errors.Is(err, errValidated) {
		var none T
		return none, err
	}
	return outcome, nil
}

// list reads one page and reports whether more follows.
func list[T any](ctx context.Context, s *Service, by auth.Principal,
	read func(context.Context, Reader) ([]T, bool, error),
) (items []T, more bool, err error) {
	err = s.store.Read(ctx, by.Tenant, func(ctx context.Context, reader Reader) error {
		items, more, err = read(ctx, reader)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return items, more, nil
}

// orMissing turns a row that does not exist into a NotFound fault, and wraps any other trouble.
func orMissing(err error, name string) error {
	if errors.Is(err, ErrNotFound) {
		return fault.New(fault.NotFound, reason.NotFound, "%s does not exist", name)
	}
	return err
}

// orTaken turns a unique key that is taken into an AlreadyExists fault.
func orTaken(err error, format string, args ...any) error {
	if errors.Is(err, ErrTaken) {
		return fault.New(fault.AlreadyExists, reason.AlreadyExists, format, args...)
	}
	return err
}

func findCustomer(ctx context.Context, reader Reader, id CustomerID) (Customer, error) {
	customer, err := reader.Customer(ctx, id)
	return customer, orMissing(err, CustomerName(id))
}

func findRecurrence(ctx context.Context, reader Reader, customer CustomerID, id RecurrenceID) (Recurrence, error) {
	recurrence, err := reader.Recurrence(ctx, customer, id)
	return recurrence, orMissing(err, RecurrenceName(customer, id))
}
