package api

import (
	"context"
	"maps"
	"slices"

	moneypb "google.golang.org/genproto/googleapis/type/money"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/charge"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// What explanations say where something is not known.
const (
	pricingUnknown = "A program that did not record how days were priced has billed the part: its amount is what it was billed."
	datesUnknown   = "A program that did not record the dates of the rate has billed the part."
	creditGiven    = "The credit was granted at this amount elsewhere or by an older program."
	creditMissing  = "What was charged for some of the days is not known: they were billed before the line was imported, or on an invoice that is void."
)

// ExplainInvoice explains the amounts of an invoice.
func (h *handlers) ExplainInvoice(ctx context.Context, request *pb.ExplainInvoiceRequest) (*pb.InvoiceExplanation, error) {
	id, err := resourcename.ID[invoice.ID](invoiceNames, "name", request.GetName())
	if err != nil {
		return nil, err
	}
	inv, err := h.Invoices.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	message, err := explanationMessage(&inv)
	if err != nil {
		return nil, err
	}
	message.Items, message.NextPageToken, err = aip.List(ctx, h.sealer, itemsOf(&inv), request,
		func(ctx context.Context, query listing.Query) ([]invoice.ItemExplanation, error) {
			return h.Invoices.Explain(ctx, &inv, positionOf(query.After), query.Limit)
		},
		func(item invoice.ItemExplanation) (*pb.ItemExplanation, error) { return itemExplanation(&inv, &item) })
	if err != nil {
		return nil, err
	}
	message.Rules = rulesOf(message.Items)
	return message, nil
}

// itemsOf returns the list of an invoice's explained items, in their order.
func itemsOf(inv *invoice.Invoice) listing.Spec[invoice.ItemExplanation] {
	return listing.Spec[invoice.ItemExplanation]{
		Name: "invoices/" + string(inv.ID) + ":explain", Key: []string{"position"}, PageBytes: pageBytes,
		Fields: listing.Fields[invoice.ItemExplanation]{"position": integer(func(i invoice.ItemExplanation) any { return i.Position })},
	}
}

// positionOf returns the position of the last item before a page.
func positionOf(after listing.Cursor) int {
	if len(after) == 0 {
		return 0
	}
	position, _ := after[0].(int64)
	return int(max(0, position))
}

func explanationMessage(inv *invoice.Invoice) (message *pb.InvoiceExplanation, err error) {
	message = &pb.InvoiceExplanation{
		Invoice: invoiceNames.Format(inv.ID), BillTo: billToNames.Format(inv.BillTo), IssueDate: gtype.Date(inv.IssueDate),
	}
	message.Total, err = minorMessage(inv.Total, inv.Currency)
	return message, err
}

// rulesOf returns the rules that items name.
func rulesOf(items []*pb.ItemExplanation) (rules []*pb.BillingRule) {
	named := map[int32]bool{}
	note := func(numbers []int32) {
		for _, number := range numbers {
			named[number] = true
		}
	}
	for _, item := range items {
		note(item.GetRules())
		note(item.GetCredit().GetRules())
		for _, part := range item.GetParts() {
			note(part.GetRules())
		}
	}
	for _, number := range slices.Sorted(maps.Keys(named)) {
		rules = append(rules, &pb.BillingRule{Number: number, Text: billing.Rule(number).Text()})
	}
	return rules
}

// explaining converts parts of an explanation to messages, with amounts in the currency of an
// invoice. It keeps the first error.
type explaining struct {
	of  *invoice.Invoice
	err error
}

func (x *explaining) money(minor int64) *moneypb.Money {
	message, err := minorMessage(minor, x.of.Currency)
	if x.err == nil {
		x.err = err
	}
	return message
}

func itemExplanation(inv *invoice.Invoice, item *invoice.ItemExplanation) (*pb.ItemExplanation, error) {
	x := explaining{of: inv}
	message := &pb.ItemExplanation{
		Position: int32(item.Position), Item: itemNames.Format(catalogue.ItemCode(item.Item.Code)), Description: item.Item.Description,
		Amount: x.money(item.Item.Amount), RollUp: item.Item.RollUp, Rules: ruleNumbers(item.Rules),
	}
	switch {
	case item.Item.OneOff != 0:
		message.Charge, message.ChargeDate = chargeNames.Format(charge.ID(item.Item.OneOff)), gtype.Date(item.Item.Period.Start)
	case item.Credit != nil:
		message.Credit = x.credit(item.Credit)
	default:
		message.PeriodStart, message.PeriodEnd = gtype.Date(item.Item.Period.Start), gtype.Date(item.Item.Period.End)
		message.BillCycle = cyclesByMonths[item.Item.Months]
		for i := range item.Parts {
			message.Parts = append(message.Parts, x.part(&item.Parts[i]))
		}
	}
	return message, x.err
}

func ruleNumbers(rules []billing.Rule) []int32 {
	numbers := make([]int32, len(rules))
	for i, rule := range rules {
		numbers[i] = int32(rule)
	}
	return numbers
}

func (x *explaining) part(part *invoice.PartExplanation) *pb.PartExplanation {
	message := &pb.PartExplanation{
		RecurringLine: lineNames.Format(line.ID(part.Line)), StartDate: gtype.Date(part.Span.Start), EndDate: gtype.Date(part.Span.End),
		Days: int32(part.Span.Days()), Amount: x.money(part.Amount), Price: x.price(&part.Pricing), Rules: ruleNumbers(part.Rules),
	}
	message.Reckoning, message.ReckonedBefore = x.explained(part.Cost)
	for _, before := range part.Before {
		message.BilledBefore = append(message.BilledBefore, &pb.BilledBefore{
			Invoice: invoiceNames.Format(before.Invoice), StartDate: gtype.Date(before.Start), EndDate: gtype.Date(before.End),
		})
	}
	switch {
	case !part.Known():
		message.NotKnown = pricingUnknown
	case part.Rate == billing.RateDates{}:
		message.NotKnown = datesUnknown
	}
	return message
}

// price returns the rate of a charge, or nil if it is not known.
func (x *explaining) price(priced *billing.Pricing) *pb.PriceExplanation {
	if !priced.Known() {
		return nil
	}
	message := &pb.PriceExplanation{
		MonthlyAmount: x.money(priced.Monthly), CycleAmount: x.money(priced.Monthly * int64(priced.Months)),
		RateEffectiveDate: gtype.Date(priced.Rate.Effective), RateAppliesFrom: gtype.Date(priced.Rate.From),
		Proration: pb.Proration_PRORATION_BY_PERIOD, BillDay: int32(priced.BillDay),
	}
	if priced.ByMonth {
		message.Proration = pb.Proration_PRORATION_BY_MONTH
	}
	return message
}

func (x *explaining) explained(cost *billing.Explained) (upTo, before *pb.Reckoning) {
	if cost == nil {
		return nil, nil
	}
	if cost.Before != nil {
		before = x.reckoning(cost.Before)
	}
	return x.reckoning(&cost.UpTo), before
}

func (x *explaining) reckoning(r *billing.Reckoning) *pb.Reckoning {
	message := &pb.Reckoning{
		StartDate: gtype.Date(r.Start), EndDate: gtype.Date(r.End), OfAmount: x.money(r.Of), Amount: x.money(r.Amount),
		Numerator: r.Numerator, Denominator: r.Denominator,
	}
	for _, share := range r.Shares {
		message.Shares = append(message.Shares, &pb.DayShare{
			StartDate: gtype.Date(share.Start), EndDate: gtype.Date(share.End), Days: int32(share.Days), OfDays: int32(share.OfDays),
			WholeMonths: int32(share.Months),
		})
	}
	return message
}

func (x *explaining) credit(credit *invoice.CreditExplanation) *pb.CreditExplanation {
	message := &pb.CreditExplanation{
		RecurringLine: lineNames.Format(credit.Line), StartDate: gtype.Date(credit.Start), EndDate: gtype.Date(credit.End),
		Amount: x.money(credit.Amount), ReasonCode: string(credit.Reason), BillTo: billToNames.Format(x.of.BillTo), Rules: ruleNumbers(credit.Rules),
	}
	switch {
	case credit.Known && credit.Kind == line.OfRate:
		message.Reason = pb.CreditExplanation_REASON_RATE
	case credit.Known && credit.Kind == line.OfPause:
		message.Reason = pb.CreditExplanation_REASON_PAUSE
	case credit.Known && credit.Kind == "":
		message.Reason = pb.CreditExplanation_REASON_CANCELLATION
	}
	switch {
	case credit.Given && credit.Missing:
		message.Given = creditMissing
	case credit.Given:
		message.Given = creditGiven
	}
	for i := range credit.Charges {
		of := &credit.Charges[i]
		charged := &pb.CreditedCharge{
			Invoice: invoiceNames.Format(of.Invoice), StartDate: gtype.Date(of.Days.Start), EndDate: gtype.Date(of.Days.End),
			Amount: x.money(of.Cost.Amount()), ChargedStartDate: gtype.Date(of.Span.Start), ChargedEndDate: gtype.Date(of.Span.End),
			ChargedAmount: x.money(of.Amount), Price: x.price(&of.Pricing),
		}
		charged.Reckoning, charged.ReckonedBefore = x.explained(&of.Cost)
		message.Charges = append(message.Charges, charged)
	}
	return message
}
