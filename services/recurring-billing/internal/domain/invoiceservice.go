package domain

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/clock"
)

// InvoiceService is what can be done with invoices and credit notes. The tenant and the actor are those of the context;
// without them every method is an Unauthenticated fault.
type InvoiceService struct {
	store InvoiceStore
	clock clock.Clock
}

// NewInvoiceService is the service on a store. The clock dates what is voided and credited.
func NewInvoiceService(store InvoiceStore, clock clock.Clock) *InvoiceService {
	return &InvoiceService{store: store, clock: clock}
}

// Invoice is the invoice of an id, with its items.
func (s *InvoiceService) Invoice(ctx context.Context, id InvoiceID) (Invoice, error) {
	invoice, err := ReadOnce(ctx, s.store, func(ctx context.Context, r InvoiceReader) (Invoice, error) { return r.Invoice(ctx, id) })
	return invoice, explain(err, "invoice", id)
}

// Invoices is up to limit invoices after a place, without their items: those with numbers in the order of the numbers, or,
// where the filter asks for drafts, those in the order of runs, bill-tos and currencies.
func (s *InvoiceService) Invoices(ctx context.Context, filter InvoiceFilter, after InvoicePlace, limit int) ([]Invoice, error) {
	return ReadOnce(ctx, s.store, func(ctx context.Context, r InvoiceReader) ([]Invoice, error) {
		return r.Invoices(ctx, filter, after, limit)
	})
}
