package books

import (
	"fmt"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// checkInvoice adds a violation for each sum of an invoice that is wrong, and for fields that
// contradict each other.
func checkInvoice(v *fault.Violations, i *invoice.Invoice) {
	if i.Run <= 0 || i.BillTo <= 0 || i.ID != invoice.IDOf(i.Run, i.BillTo, i.Currency) {
		v.Add("name", reason.InvalidName, "must be made of the numbers of the run and the bill-to and the currency")
	}
	catalogue.CheckCustomer(v, i.Customer)
	checkState(v, i)
	if i.IssueDate.IsZero() {
		v.Add("issue_date", reason.Required, "must be given")
	}
	if len(i.Items) == 0 {
		v.Add("items", reason.Required, "must be given")
	}
	var sum money.Sum
	for n := range i.Items {
		checkItem(v, fmt.Sprintf("items[%d].", n), &i.Items[n])
		sum = sum.Plus(money.SumOf(i.Items[n].Amount))
	}
	if sum != money.SumOf(i.Total) {
		v.Add("total", reason.NotTheSum, "must be the sum of the items")
	}
}

// maxNumber is the highest number of an imported invoice. The next ones follow it.
const maxNumber = 999_999_999_999_999

// checkState checks that the state of an invoice agrees with its number and with its credited amount
// and void time.
func checkState(v *fault.Violations, i *invoice.Invoice) {
	numbered := i.State == invoice.Finalized || i.State == invoice.Void
	if !numbered {
		v.Add("state", reason.UnknownValue, "must be finalized or void")
	}
	switch {
	case i.Number < 1:
		v.Add("number", reason.Required, "must be given, 1 or more")
	case i.Number > maxNumber:
		v.Add("number", reason.OutOfRange, "must be at most %d, so that numbers are left for those that follow", maxNumber)
	}
	if i.Credited < 0 || i.Credited > max(i.Total, 0) || (i.Credited > 0 && i.State != invoice.Finalized) {
		v.Add("credited", reason.OutOfRange, "must be at most the total, of a finalized invoice")
	}
	if void := i.State == invoice.Void; void == i.Voiding.At.IsZero() || void == i.Voiding.Day.IsZero() {
		v.Add("void_time", reason.Inconsistent, "must be given for a void invoice, and for no other")
	} else if void {
		v.Text("void_reason", i.Voiding.Reason, invoice.MaxReason)
	}
}

func checkItem(v *fault.Violations, in string, item *billing.InvoiceItem) {
	v.Text(in+"item", item.Code, catalogue.MaxCode)
	v.Text(in+"description", item.Description, line.MaxMemo)
	v.Text(in+"memo", item.Memo, line.MaxMemo)
	if !item.Period.Start.Before(item.Period.End) {
		v.Add(in+"period_end", reason.BeforeStart, "must lie after the first day")
	}
	if item.Why.Reason != "" {
		line.CheckReason(v, in+"credit_reason_code", line.ReasonCode(item.Why.Reason))
		if !item.Credit {
			v.Add(in+"credit_reason_code", reason.Inconsistent, "must not be given for an item that is no credit")
		}
	}
	if item.OneOff != 0 {
		checkOneOff(v, in, item)
		return
	}
	if item.Credit == (item.Months > 0) || len(item.Parts) == 0 || (item.Credit && len(item.Parts) > 1) {
		v.Add(in+"parts", reason.Inconsistent, "must be exactly one for a credit, which has no bill cycle, and at least one for any other item, which has one")
	}
	var sum money.Sum
	for m := range item.Parts {
		part := &item.Parts[m]
		sum = sum.Plus(money.SumOf(part.Amount))
		of := fmt.Sprintf("%sparts[%d].", in, m)
		v.Text(of+"item", part.Item, catalogue.MaxCode)
		v.Text(of+"description", part.Description, line.MaxMemo)
		v.Text(of+"memo", part.Memo, line.MaxMemo)
		if part.Line <= 0 {
			v.Add(of+"recurring_line", reason.Required, "must be the line that is billed or credited")
		}
		if !part.Span.Start.Before(part.Span.End) || part.Span.Start.Before(item.Period.Start) || item.Period.End.Before(part.Span.End) {
			v.Add(of+"end_date", reason.OutOfRange, "must lie after the first day, both within the item's period")
		} else if part.Known() && (item.Credit || part.ByMonth != item.Parts[0].ByMonth || !part.Gives(item.Period, part.Span, part.Amount)) {
			v.Add(of+"monthly_amount", reason.Inconsistent, "must give the part's amount for its days by the proration, the bill day and the first date, which credits do not have and the parts of an item share")
		} else if !part.Rate.Count(part.Span.Start) {
			v.Add(of+"rate_applies_from", reason.Inconsistent, "must be given with rate_effective_date, and lie from it to the first day of the part")
		}
	}
	if sum != money.SumOf(item.Amount) {
		v.Add(in+"amount", reason.NotTheSum, "must be the sum of the parts")
	}
}

// checkOneOff checks what is special about the item of a one-off charge: it has no parts.
func checkOneOff(v *fault.Violations, in string, item *billing.InvoiceItem) {
	if item.Credit || item.RollUp || item.Months > 0 || len(item.Parts) > 0 || item.Period.Days() != 1 {
		v.Add(in+"charge", reason.Inconsistent, "must be that of an item of KIND_CHARGE, for one day, without a bill cycle and parts")
	}
	if item.Amount == 0 {
		v.Add(in+"amount", reason.OutOfRange, "must not be zero")
	}
}
