package billing

import (
	"cmp"
	"slices"
	"strings"

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
	if d.billTo != other.billTo {
		return cmp.Compare(d.billTo, other.billTo)
	}
	return strings.Compare(d.currency, other.currency)
}

func (l *Billable) debtor() debtor { return debtor{l.BillTo, l.Currency} }
func (g *Grant) debtor() debtor    { return debtor{g.BillTo, g.Currency} }
func (o *OneOff) debtor() debtor   { return debtor{o.BillTo, o.Currency} }

// Bill returns the invoices that are due as of a date, ordered by bill-to and currency, and the
// failures that kept others from being made. It sets the proration of the lines in due, and reorders
// the one-off charges, which the invoices keep.
func Bill(due Due, asOf date.Date) ([]Statement, []Failure) {
	for i := range due.Lines {
		due.Lines[i].Proration = due.Proration
	}
	lines := pointers(due.Lines)
	slices.SortFunc(lines, func(a, b *Billable) int {
		return cmp.Or(a.debtor().compare(b.debtor()), cmp.Compare(a.ID, b.ID))
	})
	credits := slices.DeleteFunc(pointers(due.Credits), func(c *Grant) bool { return c.Amount == 0 })
	slices.SortFunc(credits, func(a, b *Grant) int {
		return cmp.Or(a.debtor().compare(b.debtor()), cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start), cmp.Compare(a.Number, b.Number))
	})
	oneOffs := due.OneOffs
	slices.SortFunc(oneOffs, compareOneOffs)
	invoices := make([]Statement, 0, debtors(lines))
	var problems []Failure
	making := maker{asOf: asOf, descriptions: due.Descriptions}
	for len(lines)+len(credits)+len(oneOffs) > 0 {
		to := first(lines, credits, oneOffs)
		owed := leading(lines, func(l **Billable) bool { return (*l).debtor() == to })
		granted := leading(credits, func(c **Grant) bool { return (*c).debtor() == to })
		charged := leading(oneOffs, func(o *OneOff) bool { return o.debtor() == to })
		making.left = len(lines)
		invoice, err := making.invoice(to, owed, granted, charged)
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

// pointers returns pointers to the elements of a slice. Large elements are sorted by them.
func pointers[T any](all []T) []*T {
	to := make([]*T, len(all))
	for i := range all {
		to[i] = &all[i]
	}
	return to
}

// debtors counts the debtors of lines, which are in the order of debtors.
func debtors(lines []*Billable) (n int) {
	for i := range lines {
		if i == 0 || lines[i].debtor() != lines[i-1].debtor() {
			n++
		}
	}
	return n
}

// first returns the lowest debtor among the lines, credits and one-off charges, of which there is
// one.
func first(lines []*Billable, credits []*Grant, oneOffs []OneOff) debtor {
	found := make([]debtor, 0, 3)
	if len(lines) > 0 {
		found = append(found, lines[0].debtor())
	}
	if len(credits) > 0 {
		found = append(found, credits[0].debtor())
	}
	if len(oneOffs) > 0 {
		found = append(found, oneOffs[0].debtor())
	}
	return slices.MinFunc(found, debtor.compare)
}

// leading returns the longest prefix of all whose elements fit. An append to it changes nothing of the
// rest.
func leading[T any](all []T, fits func(*T) bool) []T {
	n := 0
	for n < len(all) && fits(&all[n]) {
		n++
	}
	return all[:n:n]
}
