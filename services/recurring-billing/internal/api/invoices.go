package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/page"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain/billing"
)

var invoiceStates = map[domain.InvoiceState]pb.Invoice_State{
	domain.InvoiceDraft:     pb.Invoice_STATE_DRAFT,
	domain.InvoiceFinalized: pb.Invoice_STATE_FINALIZED,
	domain.InvoiceVoid:      pb.Invoice_STATE_VOID,
}

var invoiceStatesOf = inverse(invoiceStates)

var cyclesByMonths = map[int]pb.BillCycle{
	domain.Monthly.Months():    pb.BillCycle_BILL_CYCLE_MONTHLY,
	domain.Quarterly.Months():  pb.BillCycle_BILL_CYCLE_QUARTERLY,
	domain.SemiAnnual.Months(): pb.BillCycle_BILL_CYCLE_SEMIANNUAL,
	domain.Annual.Months():     pb.BillCycle_BILL_CYCLE_ANNUAL,
}

func invoiceMessage(i domain.Invoice) (*pb.Invoice, error) {
	total, err := i.Amount(i.Total)
	if err != nil {
		return nil, err
	}
	message := &pb.Invoice{
		Name: codeName(invoices, i.ID), Number: i.Number, State: invoiceStates[i.State], BillTo: numberName(billTos, i.BillTo),
		CustomerId: int32(i.Customer), CycleRun: numberName(cycleRuns, i.Run), IssueDate: gtype.Date(i.IssueDate),
		Items: make([]*pb.InvoiceItem, len(i.Items)),
	}
	if message.Total, err = amountMessage(total); err != nil {
		return nil, err
	}
	for n := range i.Items {
		if message.Items[n], err = invoiceItemMessage(&i, &i.Items[n]); err != nil {
			return nil, err
		}
	}
	if i.Credited > 0 {
		if message.Credited, err = minorMessage(i.Credited, i.Currency); err != nil {
			return nil, err
		}
	}
	if i.State == domain.InvoiceVoid {
		message.VoidReason, message.VoidTime, message.PeriodsReleased = i.Voiding.Reason, timestamppb.New(i.Voiding.At), i.Voiding.Released
		message.VoidDate = gtype.Date(i.Voiding.Day)
	}
	// A preview has no history.
	if i.Version > 0 {
		message.CreateTime, message.UpdateTime = timestamppb.New(i.Created), timestamppb.New(i.Updated)
		message.Etag = i.Etag()
	}
	return message, nil
}

func invoiceItemMessage(i *domain.Invoice, item *billing.Item) (*pb.InvoiceItem, error) {
	amount, err := i.Amount(item.Amount)
	if err != nil {
		return nil, err
	}
	message := &pb.InvoiceItem{
		Kind: pb.InvoiceItem_KIND_LINE, Item: codeName(items, domain.ItemCode(item.Code)), Description: item.Description,
		Memo: item.Memo, BillCycle: cyclesByMonths[item.Months], PeriodStart: gtype.Date(item.Period.Start),
		PeriodEnd: gtype.Date(item.Period.End), Parts: make([]*pb.InvoiceItemPart, len(item.Parts)),
	}
	switch {
	case item.Credit:
		message.Kind = pb.InvoiceItem_KIND_CREDIT
	case item.RollUp:
		message.Kind = pb.InvoiceItem_KIND_ROLL_UP
	}
	if message.Amount, err = amountMessage(amount); err != nil {
		return nil, err
	}
	for n, part := range item.Parts {
		amount, err := i.Amount(part.Amount)
		if err != nil {
			return nil, err
		}
		cost, err := amountMessage(amount)
		if err != nil {
			return nil, err
		}
		message.Parts[n] = &pb.InvoiceItemPart{
			RecurringLine: numberName(recurringLines, domain.LineID(part.Line)), StartDate: gtype.Date(part.Span.Start),
			EndDate: gtype.Date(part.Span.End), Amount: cost, Item: codeName(items, domain.ItemCode(part.Item)),
			Description: part.Description, Memo: part.Memo,
		}
	}
	return message, nil
}

// GetInvoice reads an invoice.
func (h *handlers) GetInvoice(ctx context.Context, request *pb.GetInvoiceRequest) (*pb.Invoice, error) {
	invoice, err := h.Invoices.Invoice(ctx, invoiceID(request.GetName()))
	if err != nil {
		return nil, err
	}
	return invoiceMessage(invoice)
}

// cursor is the part of a place that a list of invoices goes by.
func cursor(filter domain.InvoiceFilter, place *domain.InvoicePlace) any {
	if filter.State == domain.InvoiceDraft {
		return &place.Draft
	}
	return &place.Number
}

// ListInvoices lists invoices.
func (h *handlers) ListInvoices(ctx context.Context, request *pb.ListInvoicesRequest) (*pb.ListInvoicesResponse, error) {
	filter, err := readInvoiceFilter(request)
	if err != nil {
		return nil, err
	}
	filter.Number = request.GetNumber()
	var after domain.InvoicePlace
	if err := page.Decode(request.GetPageToken(), cursor(filter, &after)); err != nil {
		return nil, err
	}
	size := page.Size(request.GetPageSize())
	found, err := h.Invoices.Invoices(ctx, filter, after, size+1)
	if err != nil {
		return nil, err
	}
	response := &pb.ListInvoicesResponse{}
	if len(found) > size {
		found = found[:size]
		last := found[size-1].Place()
		if response.NextPageToken, err = page.Encode(cursor(filter, &last)); err != nil {
			return nil, err
		}
	}
	for _, invoice := range found {
		message, err := invoiceMessage(invoice)
		if err != nil {
			return nil, err
		}
		response.Invoices = append(response.Invoices, message)
	}
	return response, nil
}
