package api

import (
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

var creditKindMessages = map[line.CreditKind]pb.LineCredit_Kind{
	"":           pb.LineCredit_KIND_CANCELLATION,
	line.OfRate:  pb.LineCredit_KIND_RATE,
	line.OfPause: pb.LineCredit_KIND_PAUSE,
}

var creditKinds = inverse(creditKindMessages)

// unbilledMessages and readUnbilled convert the days of a line that are to be billed again.
func unbilledMessages(days []billing.Span) []*pb.DaySpan {
	messages := make([]*pb.DaySpan, len(days))
	for i, span := range days {
		messages[i] = &pb.DaySpan{StartDate: gtype.Date(span.Start), EndDate: gtype.Date(span.End)}
	}
	return messages
}

func readUnbilled(r *reader, messages []*pb.DaySpan) (days []billing.Span) {
	for i, m := range messages {
		in := fmt.Sprintf("%s[%d].", line.FieldUnbilled, i)
		days = append(days, billing.Span{Start: r.date(in+line.FieldStart, m.GetStartDate()), End: r.date(in+line.FieldEnd, m.GetEndDate())})
	}
	return days
}

func creditMessages(credits []line.Credit) ([]*pb.LineCredit, error) {
	messages := make([]*pb.LineCredit, len(credits))
	for i, credit := range credits {
		amount, err := amountMessage(credit.Amount)
		if err != nil {
			return nil, err
		}
		messages[i] = &pb.LineCredit{
			BillTo: billToNames.Format(credit.BillTo), StartDate: gtype.Date(credit.From), EndDate: gtype.Date(credit.To), Amount: amount,
			Invoice: invoiceNames.Format(invoice.ID(credit.Invoice)),
			Kind:    creditKindMessages[credit.Kind], CreditedInvoice: invoiceNames.Format(invoice.ID(credit.Of)),
		}
		if credit.Kind != "" {
			messages[i].ReasonCode = string(credit.Reason)
		}
		for n := range credit.Elsewhere {
			priced, err := pricedMessage(&credit.Elsewhere[n], credit.Amount.Currency)
			if err != nil {
				return nil, err
			}
			messages[i].BilledElsewhere = append(messages[i].BilledElsewhere, priced)
		}
	}
	return messages, nil
}

// readCredits reads the credits of a line that brings its own.
func readCredits(r *reader, messages []*pb.LineCredit) []line.Credit {
	var credits []line.Credit
	for i, m := range messages {
		in := fmt.Sprintf("%s[%d].", line.FieldCredits, i)
		credits = append(credits, line.Credit{
			BillTo:    readNumber[catalogue.BillToID](r, in+catalogue.FieldBillTo, billToNames, m.GetBillTo()),
			From:      r.date(in+line.FieldStart, m.GetStartDate()),
			To:        r.date(in+line.FieldEnd, m.GetEndDate()),
			Amount:    r.amount(in+"amount", m.GetAmount()),
			Invoice:   string(readID[invoice.ID](r, in+"invoice", invoiceNames, m.GetInvoice())),
			Kind:      creditKinds[m.GetKind()],
			Of:        string(readID[invoice.ID](r, in+"credited_invoice", invoiceNames, m.GetCreditedInvoice())),
			Reason:    line.ReasonCode(m.GetReasonCode()),
			Elsewhere: readPriced(r, in, m),
		})
	}
	return credits
}

// pricedMessage converts how days of a line are priced in a currency.
func pricedMessage(priced *billing.PricedDays, currency money.Currency) (*pb.PricedDays, error) {
	monthly, err := minorMessage(priced.Monthly, currency)
	if err != nil {
		return nil, err
	}
	message := &pb.PricedDays{
		StartDate: gtype.Date(priced.Span.Start), EndDate: gtype.Date(priced.Span.End), PeriodStart: gtype.Date(priced.Period.Start),
		PeriodEnd: gtype.Date(priced.Period.End), MonthlyAmount: monthly, BillCycle: cyclesByMonths[priced.Months],
		Proration: pb.Proration_PRORATION_BY_PERIOD, BillDay: int32(priced.BillDay), FirstDate: gtype.Date(priced.First),
		RateEffectiveDate: gtype.Date(priced.Rate.Effective), RateAppliesFrom: gtype.Date(priced.Rate.From),
	}
	if priced.ByMonth {
		message.Proration = pb.Proration_PRORATION_BY_MONTH
	}
	return message, nil
}

// readPriced reads how the days of a credit that were billed elsewhere were priced.
func readPriced(r *reader, in string, of *pb.LineCredit) (all []billing.PricedDays) {
	for i, m := range of.GetBilledElsewhere() {
		in := fmt.Sprintf("%sbilled_elsewhere[%d].", in, i)
		all = append(all, billing.PricedDays{
			Span:   billing.Span{Start: r.date(in+"start_date", m.GetStartDate()), End: r.date(in+"end_date", m.GetEndDate())},
			Period: billing.Span{Start: r.date(in+"period_start", m.GetPeriodStart()), End: r.date(in+"period_end", m.GetPeriodEnd())},
			Pricing: billing.Pricing{
				Monthly: r.sameCurrency(in+"monthly_amount", m.GetMonthlyAmount(), money.Currency(of.GetAmount().GetCurrencyCode())),
				Months:  monthsOfCycles[m.GetBillCycle()], ByMonth: m.GetProration() == pb.Proration_PRORATION_BY_MONTH, BillDay: int(m.GetBillDay()),
				First: r.date(in+"first_date", m.GetFirstDate()),
				Rate: billing.RateDates{
					Effective: r.date(in+"rate_effective_date", m.GetRateEffectiveDate()), From: r.date(in+"rate_applies_from", m.GetRateAppliesFrom()),
				},
			},
		})
	}
	return all
}
