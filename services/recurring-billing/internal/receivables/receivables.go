package receivables

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Store keeps the invoices of all tenants.
type Store = mutation.Store[Reader, mutation.Writer]

// Reader reads what the invoices of one tenant come to.
type Reader interface {
	// SumInvoices sums the invoices that pass a condition on the fields of the native API's list of invoices, by currency, in the
	// order of the codes.
	SumInvoices(ctx context.Context, where listing.Condition) ([]Sum, error)
}

// Service is what can be asked of what is owed. The tenant is that of the context.
type Service struct {
	mutation.Service[Reader, mutation.Writer]
}

// NewService is the service on a store.
func NewService(store Store) *Service {
	return &Service{mutation.Service[Reader, mutation.Writer]{Store: store}}
}

// Sum is what invoices in one currency sum to.
type Sum struct {
	Currency money.Currency
	Invoices int64
	// Invoiced is the sum of the totals, Credited what credit notes credit of them.
	Invoiced, Credited money.Sum
}

// Sum sums the invoices that pass a condition by currency: of them those that are finalized, unless it names the state. Nobody
// owes a draft or a void invoice.
func (s *Service) Sum(ctx context.Context, where listing.Condition) ([]Sum, error) {
	if !listing.Mentions(where, invoice.FieldState) {
		where = listing.All(where, listing.Is(invoice.FieldState, invoice.Finalized))
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Sum, error) { return r.SumInvoices(ctx, where) })
}
