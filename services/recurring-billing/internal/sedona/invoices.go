package sedona

import (
	"context"
	"math"

	googledecimal "google.golang.org/genproto/googleapis/type/decimal"

	pb "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// otherInvoice is the vendor's type of an invoice that is not of service.
const otherInvoice = "O"

// byNumber is the order of the vendor's lists of invoices.
var byNumber = []listing.Order{{Field: invoice.FieldNumber}}

// numbered is the condition that an invoice is not a draft.
var numbered = listing.Present{Field: invoice.FieldNumber}

func invoiceMessage(i invoice.Invoice) (*pb.CustomerInvoice, error) {
	credited := i.Credited
	if i.State == invoice.Void {
		credited = i.Total
	}
	message := &pb.CustomerInvoice{
		InvoiceId: new(int32(min(i.Number, math.MaxInt32))), InvoiceNumber: new(int32(min(i.Number, math.MaxInt32))), JobCode: new(noJob),
		InvoiceType: new(otherInvoice), CustomerId: new(int32(i.Customer)), InvoiceDate: new(i.IssueDate.Time().Format("01/02/2006")),
		InvoiceDateFormatted: dateTime(i.IssueDate),
	}
	for _, figure := range []struct {
		to    **googledecimal.Decimal
		minor int64
	}{
		{&message.Amount, i.Total}, {&message.Credit, credited}, {&message.Payment, 0}, {&message.NetDue, i.Total - credited}, {&message.TaxAmount, 0},
	} {
		amount, err := i.Amount(figure.minor)
		if err != nil {
			return nil, err
		}
		*figure.to = gtype.Decimal(amount.Value)
	}
	return message, nil
}

// GetCustomerInvoice reads an invoice by its number.
func (h *handlers) GetCustomerInvoice(ctx context.Context, request *pb.GetCustomerInvoiceRequest) (*pb.GetCustomerInvoiceResponse, error) {
	found, err := h.invoices.List(ctx, listing.Query{Where: listing.All(numbered, listing.Is(invoice.FieldNumber, int64(request.GetId()))), Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fault.New(fault.NotFound, reason.NotFound, "there is no invoice %d", request.GetId())
	}
	message, err := invoiceMessage(found[0])
	return &pb.GetCustomerInvoiceResponse{CustomerInvoice: message}, err
}

// ListCustomerInvoices lists the invoices of a customer.
func (h *handlers) ListCustomerInvoices(ctx context.Context, request *pb.ListCustomerInvoicesRequest) (*pb.ListCustomerInvoicesResponse, error) {
	open := isOption(request.GetOption(), "OpenBalance")
	if !open && !isOption(request.GetOption(), "ByCustomerId") {
		return nil, fault.InvalidField("option", reason.UnknownValue, "must be ByCustomerId or OpenBalance")
	}
	found, err := h.invoices.List(ctx, listing.Query{Where: listing.All(numbered, listing.Is(invoice.FieldCustomer, request.GetId())), Order: byNumber})
	if err != nil {
		return nil, err
	}
	response := &pb.ListCustomerInvoicesResponse{}
	for _, i := range found {
		if open && (i.State == invoice.Void || i.Total-i.Credited <= 0) {
			continue
		}
		message, err := invoiceMessage(i)
		if err != nil {
			return nil, err
		}
		response.CustomerInvoices = append(response.CustomerInvoices, message)
	}
	return response, nil
}
