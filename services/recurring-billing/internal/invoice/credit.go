package invoice

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// Credit is a request to credit an invoice.
type Credit struct {
	Invoice ID
	Reason  string
	// Total may be zero: then it is the sum of the items or, without items, the whole remainder of
	// the invoice.
	Total money.Amount
	Items []CreditItem
}

// CreditItem is a request to credit one item.
type CreditItem struct {
	// Position is the item's place on the invoice, counted from 1.
	Position int
	// Amount may be zero: then the whole remainder of the item is credited.
	Amount money.Amount
}

// CreateCreditNote credits all or part of a finalized invoice.
func (s *Service) CreateCreditNote(ctx context.Context, back Credit) (CreditNote, error) {
	note, err := mutation.Run(ctx, s.Service, func(ctx context.Context, w Writer) (CreditNote, error) {
		invoice, err := w.Invoice(ctx, back.Invoice)
		if err != nil {
			return CreditNote{}, err
		}
		left, err := remainderOf(ctx, w, &invoice)
		if err != nil {
			return CreditNote{}, err
		}
		note, err := back.settle(&invoice, left)
		if err != nil {
			return CreditNote{}, err
		}
		if note.IssueDate, err = w.Today(ctx, s.Clock.Now()); err != nil {
			return CreditNote{}, err
		}
		if err := w.CreateCreditNote(ctx, &note); err != nil {
			return CreditNote{}, err
		}
		invoice.Credited += note.Total
		err = w.UpdateInvoice(ctx, &invoice)
		return note, err
	})
	return note, mutation.Explain(err, "invoice", back.Invoice)
}

// settle computes the credit note.
func (g Credit) settle(invoice *Invoice, left remainder) (CreditNote, error) {
	note := CreditNote{
		Invoice: invoice.ID, InvoiceNumber: invoice.Number, BillTo: invoice.BillTo, Customer: invoice.Customer,
		Currency: invoice.Currency, Reason: g.Reason,
	}
	switch {
	case invoice.State == Draft:
		return note, fault.New(fault.FailedPrecondition, reason.InvoiceDraft, "invoice %s is a draft and is not owed: delete it, or finalize it first", invoice.ID)
	case invoice.State != Finalized:
		return note, fault.New(fault.FailedPrecondition, reason.InvoiceVoid, "invoice %d was voided: nothing of it is owed", invoice.Number)
	case invoice.Total <= 0:
		return note, fault.New(fault.FailedPrecondition, reason.NothingLeft,
			"invoice %d has a total of %s and asks for no payment: it cannot be credited", invoice.Number, invoice.text(invoice.Total))
	case left.total <= 0:
		return note, fault.New(fault.FailedPrecondition, reason.NothingLeft, "nothing is left of invoice %d to credit: credit notes credited %s of it, and its lines were credited %s when they were cancelled",
			invoice.Number, invoice.text(invoice.Credited), invoice.text(invoice.Total-invoice.Credited-left.total))
	}
	var v fault.Violations
	CheckReason(&v, g.Reason)
	var sum int64
	for i, item := range g.Items {
		settled, ok := settleItem(&v, fmt.Sprintf("items[%d]", i), item, invoice, left)
		if slices.ContainsFunc(note.Items, func(other CreditNoteItem) bool { return other.Position == settled.Position }) {
			v.Add(fmt.Sprintf("items[%d].invoice_item", i), reason.Repeated, "must be named once")
		}
		if ok {
			note.Items = append(note.Items, settled)
			sum += settled.Amount
		}
	}
	note.Total = left.total
	if len(g.Items) > 0 {
		note.Total = sum
	}
	if !g.Total.IsZero() {
		given, ok := checkCredited(&v, "total", g.Total, invoice)
		if ok && len(g.Items) > 0 && given != sum && v.None() {
			v.Add("total", reason.NotTheSum, "must be the sum of the items, or unset")
		}
		note.Total = given
	}
	if v.None() && note.Total > left.total {
		v.Add("total", reason.ExceedsRemainder, "must not be more than is left of the invoice: %s", invoice.text(left.total))
	}
	return note, v.Err()
}

func settleItem(v *fault.Violations, field string, item CreditItem, invoice *Invoice, left remainder) (CreditNoteItem, bool) {
	if item.Position < 1 || item.Position > len(invoice.Items) {
		v.Add(field+".invoice_item", reason.NotFound, "must be one of the invoice's items, 1 to %d", len(invoice.Items))
		return CreditNoteItem{}, false
	}
	rest := left.items[item.Position-1]
	settled := CreditNoteItem{Position: item.Position, Description: invoice.Items[item.Position-1].Description, Amount: rest}
	if rest <= 0 {
		v.Add(field+".invoice_item", reason.NothingLeft, "has nothing left to credit")
		return settled, false
	}
	if item.Amount.IsZero() {
		return settled, true
	}
	amount, ok := checkCredited(v, field+".amount", item.Amount, invoice)
	if ok && amount > rest {
		v.Add(field+".amount", reason.ExceedsRemainder, "must not be more than is left of the item: %s", invoice.text(rest))
		return settled, false
	}
	settled.Amount = amount
	return settled, ok
}

// checkCredited converts an amount to minor units. ok is false unless it is greater than 0 and in
// the invoice's currency.
func checkCredited(v *fault.Violations, field string, amount money.Amount, invoice *Invoice) (int64, bool) {
	switch {
	case !money.CheckAmount(v, field, &amount):
	case amount.Currency != invoice.Currency:
		v.Add(field, reason.AnotherCurrency, "must be in %s, the currency of the invoice", invoice.Currency)
	case amount.Value.IsZero():
		v.Add(field, reason.OutOfRange, "must be above zero")
	default:
		return amount.Minor(), true
	}
	return 0, false
}
