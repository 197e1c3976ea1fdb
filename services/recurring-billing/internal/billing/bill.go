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
	lines, credits := due.Lines, due.Credits
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

// first returns the lowest debtor among the lines and credits.
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

// leading returns the longest prefix of all whose elements fit.
func leading[T any](all []T, fits func(*T) bool) []T {
	n := 0
	for n < len(all) && fits(&all[n]) {
		n++
	}
	return all[:n]
}
