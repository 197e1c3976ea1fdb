package domain

import (
	"cmp"
	"context"
)

// SumStore keeps the invoices of all tenants.
type SumStore = BaseStore[SumReader, SumReader]

// SumReader reads what the invoices of one tenant come to.
type SumReader interface {
	// SumInvoices sums the invoices of a filter by currency, in the order of the codes.
	SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error)
}

// ReceivablesService is what can be asked of what is owed. The tenant is that of the context.
type ReceivablesService struct{ store SumStore }

// NewReceivablesService is the service on a store.
func NewReceivablesService(store SumStore) *ReceivablesService { return &ReceivablesService{store} }

// InvoiceSum is what invoices in one currency sum to.
type InvoiceSum struct {
	Currency Currency
	Invoices int64
	// Invoiced is the sum of the totals, Credited what credit notes give back of them.
	Invoiced, Credited Sum
}

// SumInvoices sums invoices by currency: those that are finalized, where the filter names no state. Nobody owes a draft.
func (s *ReceivablesService) SumInvoices(ctx context.Context, filter InvoiceFilter) ([]InvoiceSum, error) {
	filter.State = cmp.Or(filter.State, InvoiceFinalized)
	return ReadOnce(ctx, s.store, func(ctx context.Context, r SumReader) ([]InvoiceSum, error) { return r.SumInvoices(ctx, filter) })
}
