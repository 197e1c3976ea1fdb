package invoice

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Service is what can be done with invoices and credit notes. The tenant and the actor are those of the context;
// without them every method is an Unauthenticated fault.
type Service struct {
	mutation.Service[Reader, Writer]
}

// NewService is the service on a store. The clock dates what is voided and credited.
func NewService(store Store, clock clock.Clock) *Service {
	return &Service{mutation.Service[Reader, Writer]{Store: store, Clock: clock}}
}

// Get is the invoice of an id, with its items.
func (s *Service) Get(ctx context.Context, id ID) (Invoice, error) {
	invoice, err := mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) (Invoice, error) { return r.Invoice(ctx, id) })
	return invoice, mutation.Explain(err, "invoice", id)
}

// List is the invoices that a query asks for, without their items.
func (s *Service) List(ctx context.Context, query listing.Query) ([]Invoice, error) {
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Invoice, error) { return r.Invoices(ctx, query) })
}
