package invoice

import (
	"context"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/resource"
)

// CreditNoteID is a credit note's number: those of a tenant count up from 1, without gaps.
type CreditNoteID int32

// CreditNote gives back what a finalized invoice billed, in whole or in part. It never changes.
type CreditNote struct {
	ID      CreditNoteID `json:"number"`
	Invoice ID           `json:"invoice"`
	// InvoiceNumber, BillTo, Customer and Currency are the invoice's.
	InvoiceNumber int64                `json:"invoice_number"`
	BillTo        catalogue.BillToID   `json:"bill_to_id"`
	Customer      catalogue.CustomerID `json:"customer_id"`
	Currency      money.Currency       `json:"currency"`
	IssueDate     date.Date            `json:"issue_date"`
	// Total is what it gives back, above zero, in minor units.
	Total  int64  `json:"total"`
	Reason string `json:"reason"`
	// Items are what it gives back of items of the invoice; none where the total is not told apart.
	Items []CreditNoteItem `json:"items,omitempty"`
	resource.Revision
}

// CreditNoteItem is what a credit note gives back of one item of the invoice.
type CreditNoteItem struct {
	// Position is the item's place on the invoice, from 1.
	Position    int    `json:"invoice_item"`
	Description string `json:"description"`
	// Amount is above zero, in minor units.
	Amount int64 `json:"amount"`
}

// CreditNoteFilter chooses credit notes: those that fit every field that is set.
type CreditNoteFilter struct {
	Invoice ID
	BillTo  catalogue.BillToID
	// From is the first issue date wanted, Before the first one after it that is not.
	From, Before date.Date
}

// Credit is what is to be given back of an invoice.
type Credit struct {
	Invoice ID
	Reason  string
	// Total is no amount for the sum of the items or, without items, for all that is left.
	Total money.Amount
	Items []CreditItem
}

// CreditItem is what is to be given back of one item.
type CreditItem struct {
	// Position is the item's place on the invoice, from 1.
	Position int
	// Amount is no amount for all that is left of the item.
	Amount money.Amount
}

// CreateCreditNote gives back what an invoice billed, or only tells what would be given back.
func (s *Service) CreateCreditNote(ctx context.Context, back Credit, validateOnly bool) (CreditNote, error) {
	note, err := resource.Write(ctx, s.store, s.clock, validateOnly, func(ctx context.Context, w Writer) (CreditNote, error) {
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
		if note.IssueDate, err = w.Today(ctx, s.clock.Now()); err != nil {
			return CreditNote{}, err
		}
		if err := w.CreateCreditNote(ctx, &note); err != nil {
			return CreditNote{}, err
		}
		invoice.Credited += note.Total
		err = w.UpdateInvoice(ctx, &invoice)
		return note, err
	})
	return note, resource.Explain(err, "invoice", back.Invoice)
}

// remainder is what is left of an invoice, in minor units.
type remainder struct {
	total int64
	// items are what is left of each item, 0 or less where nothing is.
	items []int64
}

// remainderOf is what credit notes did not give back of an invoice, and its lines were not credited when they were
// cancelled: of each item, what was credited for the days of its own parts.
func remainderOf(ctx context.Context, r RemainderReader, invoice *Invoice) (remainder, error) {
	left := remainder{total: invoice.Total - invoice.Credited, items: make([]int64, len(invoice.Items))}
	for i, item := range invoice.Items {
		left.items[i] = item.Amount
	}
	credited, err := creditedOf(ctx, r, invoice)
	if err != nil {
		return remainder{}, err
	}
	for i, amount := range credited {
		left.items[i] -= amount
		left.total -= amount
	}
	for after := CreditNoteID(0); ; {
		notes, err := r.CreditNotes(ctx, CreditNoteFilter{Invoice: invoice.ID}, after, invoicesAtOnce)
		if err != nil {
			return remainder{}, err
		}
		for _, note := range notes {
			for _, item := range note.Items {
				left.items[item.Position-1] -= item.Amount
			}
			after = note.ID
		}
		if len(notes) < invoicesAtOnce {
			return left, nil
		}
	}
}

// settle works out the credit note.
func (g Credit) settle(invoice *Invoice, left remainder) (CreditNote, error) {
	note := CreditNote{
		Invoice: invoice.ID, InvoiceNumber: invoice.Number, BillTo: invoice.BillTo, Customer: invoice.Customer,
		Currency: invoice.Currency, Reason: g.Reason,
	}
	switch {
	case invoice.State == Draft:
		return note, fault.New(fault.FailedPrecondition, reason.InvoiceDraft, "invoice %s is a draft, which nobody owes: delete it, or finalize it first", invoice.ID)
	case invoice.State != Finalized:
		return note, fault.New(fault.FailedPrecondition, reason.InvoiceVoid, "invoice %d was taken back: nothing of it is owed", invoice.Number)
	case invoice.Total <= 0:
		return note, fault.New(fault.FailedPrecondition, reason.NothingLeft,
			"invoice %d asks for no payment, its total is %s: nothing of it can be given back", invoice.Number, invoice.text(invoice.Total))
	case left.total <= 0:
		return note, fault.New(fault.FailedPrecondition, reason.NothingLeft, "nothing is left of invoice %d that could be given back: credit notes gave back %s of it, its lines were credited %s when they were cancelled",
			invoice.Number, invoice.text(invoice.Credited), invoice.text(invoice.Total-invoice.Credited-left.total))
	}
	var v resource.Violations
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
		given, ok := checkGivenBack(&v, "total", g.Total, invoice)
		if ok && len(g.Items) > 0 && given != sum && len(v) == 0 {
			v.Add("total", reason.NotTheSum, "must be the sum of the items, or unset")
		}
		note.Total = given
	}
	if len(v) == 0 && note.Total > left.total {
		v.Add("total", reason.ExceedsRemainder, "must not be more than is left of the invoice: "+invoice.text(left.total))
	}
	return note, v.Err()
}

func settleItem(v *resource.Violations, field string, item CreditItem, invoice *Invoice, left remainder) (CreditNoteItem, bool) {
	if item.Position < 1 || item.Position > len(invoice.Items) {
		v.Add(field+".invoice_item", reason.NotFound, fmt.Sprintf("must be one of the invoice's items, 1 to %d", len(invoice.Items)))
		return CreditNoteItem{}, false
	}
	rest := left.items[item.Position-1]
	settled := CreditNoteItem{Position: item.Position, Description: invoice.Items[item.Position-1].Description, Amount: rest}
	if rest <= 0 {
		v.Add(field+".invoice_item", reason.NothingLeft, "has nothing left that could be given back")
		return settled, false
	}
	if item.Amount.IsZero() {
		return settled, true
	}
	amount, ok := checkGivenBack(v, field+".amount", item.Amount, invoice)
	if ok && amount > rest {
		v.Add(field+".amount", reason.ExceedsRemainder, "must not be more than is left of the item: "+invoice.text(rest))
		return settled, false
	}
	settled.Amount = amount
	return settled, ok
}

// checkGivenBack is an amount in minor units, if it is one above zero in the invoice's currency.
func checkGivenBack(v *resource.Violations, field string, amount money.Amount, invoice *Invoice) (int64, bool) {
	before := len(*v)
	amount = money.CheckAmount(v, field, amount)
	switch {
	case len(*v) > before:
	case amount.Currency != invoice.Currency:
		v.Add(field, reason.AnotherCurrency, fmt.Sprintf("must be in %s, the currency of the invoice", invoice.Currency))
	case amount.Value.IsZero():
		v.Add(field, reason.OutOfRange, "must be above zero")
	}
	return amount.Minor(), len(*v) == before
}

// text is an amount as a person reads it.
func (i *Invoice) text(minor int64) string {
	amount, err := i.Amount(minor)
	if err != nil {
		return fmt.Sprintf("%d minor units", minor)
	}
	return amount.Value.String() + " " + string(amount.Currency)
}

// CreditNote is the credit note of a number.
func (s *Service) CreditNote(ctx context.Context, id CreditNoteID) (CreditNote, error) {
	note, err := resource.Read(ctx, s.store, func(ctx context.Context, r Reader) (CreditNote, error) { return r.CreditNote(ctx, id) })
	return note, resource.Explain(err, "credit note", id)
}

// CreditNotes is up to limit credit notes with numbers above after, in the order of the numbers.
func (s *Service) CreditNotes(ctx context.Context, filter CreditNoteFilter, after CreditNoteID, limit int) ([]CreditNote, error) {
	return resource.Read(ctx, s.store, func(ctx context.Context, r Reader) ([]CreditNote, error) {
		return r.CreditNotes(ctx, filter, after, limit)
	})
}
