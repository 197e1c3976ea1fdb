package api

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// VoidInvoice voids an invoice.
func (h *handlers) VoidInvoice(ctx context.Context, request *pb.VoidInvoiceRequest) (*pb.Invoice, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	void, err := h.Invoices.Void(ctx, id, request.GetReason(), request.GetReleasePeriods(), request.GetEtag())
	if err != nil {
		return nil, err
	}
	return invoiceMessage(void)
}

// SumInvoices sums invoices by currency.
func (h *handlers) SumInvoices(ctx context.Context, request *pb.SumInvoicesRequest) (*pb.SumInvoicesResponse, error) {
	query, err := aip.Query(allInvoices, request)
	if err != nil {
		return nil, err
	}
	sums, err := h.Receivables.Sum(ctx, query.Where)
	if err != nil {
		return nil, err
	}
	response := &pb.SumInvoicesResponse{}
	for _, sum := range sums {
		response.Sums = append(response.Sums, &pb.InvoiceSum{
			InvoiceCount: sum.Invoices, Invoiced: sumMessage(sum.Invoiced, sum.Currency), Credited: sumMessage(sum.Credited, sum.Currency),
			Net: sumMessage(sum.Invoiced.Minus(sum.Credited), sum.Currency),
		})
	}
	return response, nil
}
