package api

import (
	"context"
	"strings"

	"google.golang.org/genproto/googleapis/type/date"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

func invoiceID(name string) invoice.ID {
	return invoice.ID(strings.TrimPrefix(name, invoices))
}

// invoiceFilter is what requests that choose invoices have in common.
type invoiceFilter interface {
	GetBillTo() string
	GetCustomerId() int32
	GetCycleRun() string
	GetState() pb.Invoice_State
	GetIssuedFrom() *date.Date
	GetIssuedBefore() *date.Date
}

func readInvoiceFilter(request invoiceFilter) (invoice.Filter, error) {
	var r reader
	filter := invoice.Filter{
		BillTo:   readNumber[catalogue.BillToID](&r, "bill_to", billTos, request.GetBillTo()),
		Customer: catalogue.CustomerID(request.GetCustomerId()),
		Run:      readNumber[invoice.RunID](&r, "cycle_run", cycleRuns, request.GetCycleRun()),
		State:    invoiceStatesOf[request.GetState()],
		From:     r.date("issued_from", request.GetIssuedFrom()), Before: r.date("issued_before", request.GetIssuedBefore()),
	}
	return filter, r.Err()
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
	filter, err := readInvoiceFilter(request)
	if err != nil {
		return nil, err
	}
	sums, err := h.Receivables.Sum(ctx, filter)
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
