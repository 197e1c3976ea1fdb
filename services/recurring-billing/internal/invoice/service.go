package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service manages invoices and credit notes. The tenant and the actor come from the context;
// without them, every method returns an Unauthenticated fault.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService returns a service that uses store. It reads the clock only to date voids and credit
// notes.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Get returns the invoice with the given id and its items.
func (s *Service) Get(ctx context.Context, id ID) (Invoice, error) {
	return mutation.Get(ctx, s.Service, "invoice", Reader.Invoice, id)
}

// List returns the invoices that match a query, without their items.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Invoice, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Invoice, error) { return r.Invoices(ctx, query) })
}
