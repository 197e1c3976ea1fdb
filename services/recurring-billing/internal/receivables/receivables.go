package receivables

import (
	"cmp"
	"context"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// Store keeps the invoices of all tenants.
type Store = resource.Store[Reader, Reader]

// Reader reads what the invoices of one tenant come to.
type Reader interface {
	// Sum sums the invoices of a filter by currency, in the order of the codes.
	SumInvoices(ctx context.Context, filter invoice.Filter) ([]Sum, error)
}

// Service is what can be asked of what is owed. The tenant is that of the context.
type Service struct{ store Store }

// NewService is the service on a store.
func NewService(store Store) *Service { return &Service{store} }

// Sum is what invoices in one currency sum to.
type Sum struct {
	Currency money.Currency
	Invoices int64
	// Invoiced is the sum of the totals, Credited what credit notes give back of them.
	Invoiced, Credited money.Sum
}

// Sum sums invoices by currency: those that are finalized, where the filter names no state. Nobody owes a draft.
func (s *Service) Sum(ctx context.Context, filter invoice.Filter) ([]Sum, error) {
	filter.State = cmp.Or(filter.State, invoice.Finalized)
	return resource.Read(ctx, s.store, func(ctx context.Context, r Reader) ([]Sum, error) { return r.SumInvoices(ctx, filter) })
}
