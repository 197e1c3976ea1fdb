package storetest

import (
	"context"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// may is the first unbilled period of a plain line, august the one after it, and march the days
// before both.
var (
	march  = billing.Span{Start: date.MustNew(2024, time.March, 1), End: date.MustNew(2024, time.May, 31)}
	may    = billing.Span{Start: march.End, End: date.MustNew(2024, time.August, 31)}
	august = billing.Span{Start: may.End, End: date.MustNew(2024, time.November, 30)}
)

// anInvoice returns an invoice that bills the period of May for lines of one bill-to, 15.00 dollars
// each.
func anInvoice(of run.ID, lines ...line.Line) invoice.Invoice {
	billTo := lines[0].BillTo
	bill := invoice.Invoice{
		ID: invoice.IDOf(of, billTo, "USD"), State: invoice.Finalized, Run: of, BillTo: billTo, Customer: 7,
		IssueDate: may.Start, Currency: "USD",
	}
	for _, l := range lines {
		bill.Items = append(bill.Items, anItemOf(l, may, 1500))
		bill.Lines = append(bill.Lines, billing.Advance{Line: int32(l.ID), Version: l.Version, Parts: []billing.Span{may}})
		bill.Total += 1500
	}
	return bill
}

func anItemOf(l line.Line, days billing.Span, amount int64) billing.InvoiceItem {
	return billing.InvoiceItem{
		Code: "RMR-MON", Description: "Alarm 🔔", Memo: "\"note\"", Months: 3, Period: days, Amount: amount,
		Parts: []billing.Charge{{
			Line: int32(l.ID), Span: days, Period: days, Amount: amount, Item: "RMR-MON", Description: "Alarm 🔔", Memo: "\"note\"",
			Pricing: billing.Pricing{Monthly: amount / 3, Months: 3, ByMonth: true, BillDay: 31, First: days.Start},
		}},
	}
}

// aDraft returns anInvoice as a draft.
func aDraft(of run.ID, lines ...line.Line) invoice.Invoice {
	draft := anInvoice(of, lines...)
	draft.State = invoice.Draft
	return draft
}

// in returns an invoice in another currency.
func in(currency money.Currency, bill invoice.Invoice) invoice.Invoice {
	bill.ID, bill.Currency = invoice.IDOf(bill.Run, bill.BillTo, currency), currency
	return bill
}

// aCredit returns a credit of one dollar for days of a line before it is billed.
func aCredit(l line.Line) line.Credit {
	return line.Credit{BillTo: l.BillTo, From: march.Start, To: march.End, Amount: dollars("1.00"), Reason: "MOVED"}
}

// carrying returns an invoice that carries aCredit of a line.
func carrying(bill invoice.Invoice, l line.Line) invoice.Invoice {
	item := anItemOf(l, march, -100)
	item.Credit, item.Grant, item.Months, item.Parts[0].Pricing = true, 1, 0, billing.Pricing{}
	bill.Items, bill.Total = append(bill.Items, item), bill.Total-100
	return bill
}

// bill writes invoices as a batch of a run does.
func bill(ctx context.Context, w Writer, invoices []invoice.Invoice) error {
	bills := w.Bills(at, invoices)
	if err := w.BillLines(ctx, bills); err != nil {
		return err
	}
	for _, write := range []func(context.Context, []invoice.Invoice) error{w.BillCredits, w.BillCharges} {
		if err := write(ctx, invoices); err != nil {
			return err
		}
	}
	return w.CreateInvoices(ctx, bills)
}

// billLines writes only the lines of invoices as a batch of a run does.
func billLines(ctx context.Context, w Writer, invoices ...invoice.Invoice) error {
	return w.BillLines(ctx, w.Bills(at, invoices))
}

// billed writes invoices and returns them as stored.
func (t tenant) billed(invoices ...invoice.Invoice) []invoice.Invoice {
	t.Helper()
	t.write(func(ctx context.Context, w Writer) error { return bill(ctx, w, invoices) })
	for i := range invoices {
		invoices[i].Lines, invoices[i].OneOffs = nil, nil
		for n := range invoices[i].Items {
			invoices[i].Items[n].Grant = 0
		}
	}
	return invoices
}

// withoutItems returns invoices as lists show them.
func withoutItems(invoices ...invoice.Invoice) []invoice.Invoice {
	shown := make([]invoice.Invoice, len(invoices))
	for i, bill := range invoices {
		bill.Items = nil
		shown[i] = bill
	}
	return shown
}

func invoices(all ...invoice.Invoice) []invoice.Invoice { return all }
