package api

import (
	"context"
	"strings"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

func invoiceID(name string) invoice.ID {
	return invoice.ID(strings.TrimPrefix(name, invoices))
}

// VoidInvoice voids an invoice.
func (h *handlers) VoidInvoice(ctx context.Context, request *pb.VoidInvoiceRequest) (*pb.Invoice, error) {
	invoice, err := h.Invoices.Void(ctx, invoiceID(request.GetName()), request.GetReason(), request.GetReleasePeriods(), request.GetEtag())
	if err != nil {
		return nil, err
	}
	return invoiceMessage(invoice)
}

// SumInvoices sums invoices by currency.
func (h *handlers) SumInvoices(ctx context.Context, request *pb.SumInvoicesRequest) (*pb.SumInvoicesResponse, error) {
	asked, err := aip.Query(allInvoices, request)
	if err != nil {
		return nil, err
	}
	sums, err := h.Receivables.Sum(ctx, asked.Where)
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
