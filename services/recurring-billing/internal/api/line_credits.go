package api

import (
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
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
	}
	return messages, nil
}

// readCredits reads the credits of a line that brings its own.
func readCredits(r *reader, messages []*pb.LineCredit) []line.Credit {
	var credits []line.Credit
	for i, m := range messages {
		in := fmt.Sprintf("%s[%d].", line.FieldCredits, i)
		credits = append(credits, line.Credit{
			BillTo:  readNumber[catalogue.BillToID](r, in+catalogue.FieldBillTo, billToNames, m.GetBillTo()),
			From:    r.date(in+line.FieldStart, m.GetStartDate()),
			To:      r.date(in+line.FieldEnd, m.GetEndDate()),
			Amount:  r.amount(in+"amount", m.GetAmount()),
			Invoice: string(readID[invoice.ID](r, in+"invoice", invoiceNames, m.GetInvoice())),
			Kind:    creditKinds[m.GetKind()],
			Of:      string(readID[invoice.ID](r, in+"credited_invoice", invoiceNames, m.GetCreditedInvoice())),
			Reason:  line.ReasonCode(m.GetReasonCode()),
		})
	}
	return credits
}
