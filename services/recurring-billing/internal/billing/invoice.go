package billing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Grant is an amount granted to a line for days that were billed.
type Grant struct {
	// Line is the line's number, Span the days that the credit is for.
	Line int32
	Span Span
	// BillTo and Currency say on whose invoice it stands.
	BillTo   int32
	Currency string
	// Amount is positive, in minor units.
	Amount int64
	// Item is the code of the line's item, Description what the credit is called on the invoice.
	Item, Description string
}

// InvoiceItem is one item of an invoice.
type InvoiceItem struct {
	// Credit items give money back.
	Credit bool
	// RollUp items stand for the lines of a master item.
	RollUp bool
	// Code is that of the master item, or of the item of the only line.
	Code string
	// Description is what the item is called, Memo the note of the only line.
	Description, Memo string
	// Months is the length of the cycle, 0 for a credit.
	Months int
	// Period is the full period, of a credit the days that it is for.
	Period Span
	// Amount is the sum of the parts, in minor units.
	Amount int64
	// Parts are what each line costs.
	Parts []Charge
}

// most is the largest amount that an invoice and each of its items can have, in minor units: 18 digits.
const most = 1e18 - 1

// Statement is what a bill-to has to pay in a currency, or gets back.
type Statement struct {
	// BillTo is the account's number.
	BillTo   int32
	Currency string
	Items    []InvoiceItem
	// Total is the sum of the items, in minor units; below zero it is owed to the customer.
	Total int64
	// Lines are the lines billed, each with what becomes of it; none where it has credits alone.
	Lines []Advance
}

// Advance is how far an invoice bills a line.
type Advance struct {
	// Line is the line's number, Version the one that was billed.
	Line    int32
	Version int64
	// Parts are the parts of periods that are billed, in order.
	Parts []Span
}

// Last is the first day of the part that is billed last.
func (a *Advance) Last() date.Date { return a.Parts[len(a.Parts)-1].Start }

// Next is the first day that is not billed yet.
func (a *Advance) Next() date.Date { return a.Parts[len(a.Parts)-1].End }

// Failure is why a bill-to has no invoice.
type Failure struct {
	// BillTo is the account's number.
	BillTo   int32
	Currency string
	// Err tells a person what to put right.
	Err error
}

// Due is what can be due: lines, and credits granted to lines, all of which are.
type Due struct {
	Lines   []Billable
	Credits []Grant
	// Descriptions are what master items are called, by their codes.
	Descriptions map[string]string
}

// debtor is who an invoice goes to, and in what currency.
type debtor struct {
	billTo   int32
	currency string
}

func (d debtor) compare(other debtor) int {
	return cmp.Or(cmp.Compare(d.billTo, other.billTo), cmp.Compare(d.currency, other.currency))
}

// Bill is the invoices that are due as of a date, in the order of bill-tos and currencies, and why others are not made. It
// reorders what it is given.
func Bill(due Due, asOf date.Date) ([]Statement, []Failure) {
	lines, credits := due.Lines, due.Credits
	slices.SortFunc(lines, func(a, b Billable) int {
		return cmp.Or(debtor{a.BillTo, a.Currency}.compare(debtor{b.BillTo, b.Currency}), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(credits, func(a, b Grant) int {
		return cmp.Or(debtor{a.BillTo, a.Currency}.compare(debtor{b.BillTo, b.Currency}), cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start))
	})
	var invoices []Statement
	var problems []Failure
	var sorter charges
	for len(lines)+len(credits) > 0 {
		to := first(lines, credits)
		owed := leading(lines, func(l *Billable) bool { return l.BillTo == to.billTo && l.Currency == to.currency })
		granted := leading(credits, func(c *Grant) bool { return c.BillTo == to.billTo && c.Currency == to.currency })
		invoice, err := bill(to, owed, granted, due.Descriptions, asOf, &sorter)
		switch {
		case err != nil:
			problems = append(problems, Failure{BillTo: to.billTo, Currency: to.currency, Err: err})
		case len(invoice.Items) > 0:
			invoices = append(invoices, invoice)
		}
		lines, credits = lines[len(owed):], credits[len(granted):]
	}
	return invoices, problems
}

// first is the debtor that comes first, of whom there are lines or credits.
func first(lines []Billable, credits []Grant) debtor {
	if len(lines) == 0 {
		return debtor{credits[0].BillTo, credits[0].Currency}
	}
	to := debtor{lines[0].BillTo, lines[0].Currency}
	if len(credits) > 0 {
		if granted := (debtor{credits[0].BillTo, credits[0].Currency}); granted.compare(to) < 0 {
			return granted
		}
	}
	return to
}

// leading is the first of all that fit.
func leading[T any](all []T, fits func(*T) bool) []T {
	n := 0
	for n < len(all) && fits(&all[n]) {
		n++
	}
	return all[:n]
}

// charged is a charge on its way to an item.
type charged struct {
	Charge
	months int
	// master is the master item, empty for a line that stands alone.
	master string
}

type charges []charged

// bill makes one debtor's invoice; without items where nothing is due.
func bill(to debtor, lines []Billable, credits []Grant, descriptions map[string]string, asOf date.Date, sorter *charges) (Statement, error) {
	invoice := Statement{BillTo: to.billTo, Currency: to.currency}
	all := (*sorter)[:0]
	for i := range lines {
		line := &lines[i]
		due, parts, err := line.Due(asOf)
		if err != nil {
			return Statement{}, err
		}
		if len(parts) == 0 {
			continue
		}
		invoice.Lines = append(invoice.Lines, Advance{Line: line.ID, Version: line.Version, Parts: parts})
		master := line.MasterItem
		if line.StandsAlone() {
			master = ""
		}
		for _, charge := range due {
			all = append(all, charged{charge, line.Months, master})
		}
	}
	*sorter = all
	slices.SortFunc(all, compareCharges)
	for len(all) > 0 {
		n := 1
		for n < len(all) && rollsUp(&all[0], &all[n]) {
			n++
		}
		item, err := itemOf(all[:n], descriptions)
		if err != nil {
			return Statement{}, err
		}
		invoice.Items = append(invoice.Items, item)
		all = all[n:]
	}
	for _, credit := range credits {
		invoice.Items = append(invoice.Items, creditItem(credit))
	}
	return invoice, invoice.sum()
}

// compareCharges is the order of rule 11.
func compareCharges(a, b charged) int {
	if order := cmp.Or(a.Period.Start.Compare(b.Period.Start), cmp.Compare(a.months, b.months), a.Period.End.Compare(b.Period.End)); order != 0 {
		return order
	}
	if a.master != b.master {
		switch {
		case a.master == "":
			return 1
		case b.master == "":
			return -1
		}
		return cmp.Compare(a.master, b.master)
	}
	return cmp.Or(cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start))
}

// rollsUp reports whether two charges belong to one item.
func rollsUp(a, b *charged) bool {
	return a.Period == b.Period && a.months == b.months && a.master == b.master && (a.master != "" || a.Line == b.Line)
}

func itemOf(all []charged, descriptions map[string]string) (InvoiceItem, error) {
	first := &all[0]
	item := InvoiceItem{Code: first.Item, Description: first.Description, Memo: first.Memo, Months: first.months, Period: first.Period}
	if first.master != "" {
		item.RollUp, item.Code, item.Memo = true, first.master, ""
		item.Description = cmp.Or(descriptions[first.master], first.master)
	}
	item.Parts = make([]Charge, len(all))
	for i := range all {
		item.Parts[i] = all[i].Charge
		if item.Amount += all[i].Amount; item.Amount > most || item.Amount < -most {
			return InvoiceItem{}, tooLarge(all[i].Line, all[i].Span.Start)
		}
	}
	return item, nil
}

func creditItem(c Grant) InvoiceItem {
	return InvoiceItem{
		Credit: true, Code: c.Item, Description: c.Description, Period: c.Span, Amount: -c.Amount,
		Parts: []Charge{{Line: c.Line, Span: c.Span, Period: c.Span, Amount: -c.Amount, Item: c.Item, Description: c.Description}},
	}
}

func (i *Statement) sum() error {
	for n := range i.Items {
		if i.Total = i.Total + i.Items[n].Amount; i.Total > most || i.Total < -most {
			line := i.Items[n].Parts[0].Line
			return tooLarge(line, i.Items[n].Parts[0].Span.Start)
		}
	}
	return nil
}

// tooLarge tells what to put right where an invoice comes to more than can be held.
func tooLarge(line int32, from date.Date) error {
	return fmt.Errorf("the invoice comes to more than 18 digits of minor units with line %d from %s on: "+
		"see whether the monthly amounts and the starts of its lines are right, or bill an earlier date first", line, from)
}
