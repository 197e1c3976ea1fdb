package api

import (
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

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
		})
	}
	return credits
}
