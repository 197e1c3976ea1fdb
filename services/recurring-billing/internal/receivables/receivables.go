package receivables

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Store stores the invoices of all tenants.
type Store = mutation.Store[Reader, mutation.Writer]

// Reader sums the invoices of one tenant.
type Reader interface {
	// SumInvoices sums the invoices that match a condition, one sum for each currency in the order
	// of the codes. The condition is on the fields of the native API's list of invoices.
	SumInvoices(ctx context.Context, where listing.Condition) ([]Sum, error)
}

// Service answers what is owed. The tenant comes from the context.
type Service struct {
	mutation.Service[Reader, mutation.Writer]
}

// NewService returns a service that uses store.
func NewService(store Store) *Service {
	return &Service{mutation.Service[Reader, mutation.Writer]{Store: store}}
}

// Sum is the sum of invoices in one currency.
type Sum struct {
	Currency money.Currency
	Invoices int64
	// Invoiced is the sum of the totals, and Credited the sum of the credit notes on them.
	Invoiced, Credited money.Sum
}

// Sum sums the invoices that match a condition, by currency. Unless the condition names the state,
// only finalized invoices are summed.
func (s *Service) Sum(ctx context.Context, where listing.Condition) ([]Sum, error) {
	if !listing.Mentions(where, invoice.FieldState) {
		where = listing.All(where, listing.Is(invoice.FieldState, invoice.Finalized))
	}
	return mutation.Read(ctx, s.Service, func(ctx context.Context, r Reader) ([]Sum, error) { return r.SumInvoices(ctx, where) })
}
