package billing

import (
	"cmp"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// Due holds the lines and the line credits to bill. All of its credits are due.
type Due struct {
	Lines   []Billable
	Credits []Grant
	// OneOffs holds the one-off charges and credits to bill. All of them are due.
	OneOffs []OneOff
	// Proration is how parts of periods are priced.
	Proration Proration
	// Descriptions maps the code of a master item to its description.
	Descriptions map[string]string
}

// debtor identifies an invoice: who receives it, and in what currency.
type debtor struct {
	billTo   int32
	currency string
}

func (d debtor) compare(other debtor) int {
	return cmp.Or(cmp.Compare(d.billTo, other.billTo), cmp.Compare(d.currency, other.currency))
}

// Bill returns the invoices that are due as of a date, ordered by bill-to and currency, and the
// failures that kept others from being made. It reorders the slices in due.
func Bill(due Due, asOf date.Date) ([]Statement, []Failure) {
	lines, credits, oneOffs := due.Lines, due.Credits, due.OneOffs
	credits = slices.DeleteFunc(credits, func(c Grant) bool { return c.Amount == 0 })
	slices.SortFunc(oneOffs, compareOneOffs)
	for i := range lines {
		lines[i].Proration = due.Proration
	}
	slices.SortFunc(lines, func(a, b Billable) int {
		return cmp.Or(debtor{a.BillTo, a.Currency}.compare(debtor{b.BillTo, b.Currency}), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(credits, func(a, b Grant) int {
		return cmp.Or(debtor{a.BillTo, a.Currency}.compare(debtor{b.BillTo, b.Currency}), cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Number, b.Number))
	})
	var invoices []Statement
	var problems []Failure
	var sorter charges
	for len(lines)+len(credits)+len(oneOffs) > 0 {
		to := first(lines, credits, oneOffs)
		owed := leading(lines, func(l *Billable) bool { return l.BillTo == to.billTo && l.Currency == to.currency })
		granted := leading(credits, func(c *Grant) bool { return c.BillTo == to.billTo && c.Currency == to.currency })
		charged := leading(oneOffs, func(o *OneOff) bool { return o.BillTo == to.billTo && o.Currency == to.currency })
		invoice, err := bill(to, Due{Lines: owed, Credits: granted, OneOffs: charged, Descriptions: due.Descriptions}, asOf, &sorter)
		switch {
		case err != nil:
			problems = append(problems, Failure{BillTo: to.billTo, Currency: to.currency, Err: err})
		case len(invoice.Items) > 0:
			invoices = append(invoices, invoice)
		}
		lines, credits, oneOffs = lines[len(owed):], credits[len(granted):], oneOffs[len(charged):]
	}
	return invoices, problems
}

// first returns the lowest debtor among the lines, credits and one-off charges, of which there is
// one.
func first(lines []Billable, credits []Grant, oneOffs []OneOff) debtor {
	var found []debtor
	if len(lines) > 0 {
		found = append(found, debtor{lines[0].BillTo, lines[0].Currency})
	}
	if len(credits) > 0 {
		found = append(found, debtor{credits[0].BillTo, credits[0].Currency})
	}
	if len(oneOffs) > 0 {
		found = append(found, debtor{oneOffs[0].BillTo, oneOffs[0].Currency})
	}
	return slices.MinFunc(found, debtor.compare)
}

// leading returns the longest prefix of all whose elements fit.
func leading[T any](all []T, fits func(*T) bool) []T {
	n := 0
	for n < len(all) && fits(&all[n]) {
		n++
	}
	return all[:n]
}
