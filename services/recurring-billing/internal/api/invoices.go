package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

var invoiceStates = map[invoice.State]pb.Invoice_State{
	invoice.Draft:     pb.Invoice_STATE_DRAFT,
	invoice.Finalized: pb.Invoice_STATE_FINALIZED,
	invoice.Void:      pb.Invoice_STATE_VOID,
}

var invoiceStatesOf = inverse(invoiceStates)

// partTimingMessages has no message for a timing that is not known.
var partTimingMessages = map[billing.Timing]pb.BillingTiming{
	billing.InAdvance: pb.BillingTiming_BILLING_TIMING_IN_ADVANCE, billing.InArrears: pb.BillingTiming_BILLING_TIMING_IN_ARREARS,
}

var partTimings = inverse(partTimingMessages)

var cyclesByMonths = map[int]pb.BillCycle{
	line.Monthly.Months():    pb.BillCycle_BILL_CYCLE_MONTHLY,
	line.Quarterly.Months():  pb.BillCycle_BILL_CYCLE_QUARTERLY,
	line.SemiAnnual.Months(): pb.BillCycle_BILL_CYCLE_SEMIANNUAL,
	line.Annual.Months():     pb.BillCycle_BILL_CYCLE_ANNUAL,
}

func invoiceMessage(i invoice.Invoice) (*pb.Invoice, error) {
	total, err := i.Amount(i.Total)
	if err != nil {
		return nil, err
	}
	message := &pb.Invoice{
		Name: invoiceNames.Format(i.ID), Number: i.Number, State: invoiceStates[i.State], BillTo: billToNames.Format(i.BillTo),
		CustomerId: int32(i.Customer), CycleRun: runNames.Format(i.Run), IssueDate: gtype.Date(i.IssueDate),
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
	if i.State == invoice.Void {
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

func invoiceItemMessage(i *invoice.Invoice, item *billing.InvoiceItem) (*pb.InvoiceItem, error) {
	amount, err := i.Amount(item.Amount)
	if err != nil {
		return nil, err
	}
	message := &pb.InvoiceItem{
		Kind: pb.InvoiceItem_KIND_LINE, Item: itemNames.Format(catalogue.ItemCode(item.Code)), Description: item.Description,
		Memo: item.Memo, BillCycle: cyclesByMonths[item.Months], PeriodStart: gtype.Date(item.Period.Start),
		PeriodEnd: gtype.Date(item.Period.End), Parts: make([]*pb.InvoiceItemPart, len(item.Parts)),
	}
	switch {
	case item.Credit:
		message.Kind, message.CreditReasonCode = pb.InvoiceItem_KIND_CREDIT, item.Why.Reason
		if item.Why.Reason != "" {
			message.CreditKind = creditKindMessages[line.CreditKind(item.Why.Kind)]
		}
	case item.RollUp:
		message.Kind = pb.InvoiceItem_KIND_ROLL_UP
	case item.OneOff != 0:
		message.Kind, message.Charge = pb.InvoiceItem_KIND_CHARGE, chargeNames.Format(charge.ID(item.OneOff))
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
			RecurringLine: lineNames.Format(line.ID(part.Line)), StartDate: gtype.Date(part.Span.Start),
			EndDate: gtype.Date(part.Span.End), Amount: cost, Item: itemNames.Format(catalogue.ItemCode(part.Item)),
			Description: part.Description, Memo: part.Memo, BillingTiming: partTimingMessages[part.Timing], CutByPause: part.Cut, Resumed: part.Resumed,
		}
		if err := addPricing(message.Parts[n], i, &item.Parts[n]); err != nil {
			return nil, err
		}
	}
	return message, nil
}

// addPricing adds how a part was priced, if that is known.
func addPricing(message *pb.InvoiceItemPart, i *invoice.Invoice, part *billing.Charge) (err error) {
	if !part.Known() {
		return nil
	}
	message.Proration = pb.Proration_PRORATION_BY_PERIOD
	if part.ByMonth {
		message.Proration = pb.Proration_PRORATION_BY_MONTH
	}
	message.BillDay, message.FirstDate = int32(part.BillDay), gtype.Date(part.First)
	message.RateEffectiveDate, message.RateAppliesFrom = gtype.Date(part.Rate.Effective), gtype.Date(part.Rate.From)
	message.MonthlyAmount, err = minorMessage(part.Monthly, i.Currency)
	return err
}

// GetInvoice reads an invoice.
func (h *handlers) GetInvoice(ctx context.Context, request *pb.GetInvoiceRequest) (*pb.Invoice, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	found, err := h.Invoices.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return invoiceMessage(found)
}

// ListInvoices lists invoices.
func (h *handlers) ListInvoices(ctx context.Context, request *pb.ListInvoicesRequest) (*pb.ListInvoicesResponse, error) {
	list, err := invoiceList(request)
	if err != nil {
		return nil, err
	}
	found, next, err := aip.List(ctx, h.sealer, list, request, h.Invoices.List, invoiceMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListInvoicesResponse{Invoices: found, NextPageToken: next}, nil
}
