package billing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// maker makes the invoices of a batch, one after another.
type maker struct {
	asOf         date.Date
	descriptions map[string]string
	// left counts the lines that are not billed yet, those of the present invoice included.
	left int

	// These hold what is made of one invoice, and are overwritten by the next.
	charges []charged
	ordered []*charged
	parts   []Span
	lines   []Advance
	items   []InvoiceItem

	// These hold what the invoices keep.
	keptCharges slab[Charge]
	keptParts   slab[Span]
	keptLines   slab[Advance]
	keptItems   slab[InvoiceItem]
}

// invoice makes the invoice of one debtor. The statement has no items if nothing is due.
func (m *maker) invoice(to debtor, lines []*Billable, credits []*Grant, oneOffs []OneOff) (Statement, error) {
	m.charges, m.parts, m.lines, m.items = m.charges[:0], m.parts[:0], m.lines[:0], m.items[:0]
	for _, line := range lines {
		if err := m.bill(line); err != nil {
			return Statement{}, err
		}
	}
	if err := m.addItems(); err != nil {
		return Statement{}, err
	}
	for i := range oneOffs {
		if err := oneOffs[i].Err; err != nil {
			return Statement{}, fmt.Errorf("charge %d: %w", oneOffs[i].Number, err)
		}
		m.items = append(m.items, oneOffs[i].item())
	}
	for _, credit := range credits {
		m.items = append(m.items, creditItem(credit, m.keptCharges.take(1, m.left)))
	}
	made := Statement{BillTo: to.billTo, Currency: to.currency, Items: m.keptItems.keep(m.items, m.left), Lines: m.keptLines.keep(m.lines, m.left), OneOffs: oneOffs}
	err := made.sum()
	return made, err
}

// bill adds the charges of a line that are due, and how far they bill it.
func (m *maker) bill(line *Billable) (err error) {
	before := len(m.parts)
	if m.charges, m.parts, err = line.due(m.asOf, m.charges, m.parts); err != nil {
		return err
	}
	parts := m.keptParts.keep(m.parts[before:], m.left)
	if len(parts) == 0 {
		return nil
	}
	again := beginBefore(parts, line.Unbilled)
	m.lines = append(m.lines, Advance{
		Line: line.ID, Version: line.Version, Parts: parts, Again: again, Rest: without(line.Again, parts[:again]),
	})
	return nil
}

// addItems assigns the charges to items, in the order of rule 11.
func (m *maker) addItems() error {
	m.ordered = m.ordered[:0]
	for i := range m.charges {
		m.ordered = append(m.ordered, &m.charges[i])
	}
	slices.SortFunc(m.ordered, compareCharges)
	for all := m.ordered; len(all) > 0; {
		n := 1
		for n < len(all) && rollsUp(all[0], all[n]) {
			n++
		}
		item, err := itemOf(all[:n], m.keptCharges.take(n, m.left), m.descriptions)
		if err != nil {
			return err
		}
		m.items = append(m.items, item)
		all = all[n:]
	}
	return nil
}

// without returns the days of spans that are in none of others, which are in order.
func without(spans, others []Span) (rest []Span) {
	for _, span := range spans {
		rest = append(rest, span.Minus(others)...)
	}
	return rest
}

// beginBefore counts the parts, in order, that begin before a day.
func beginBefore(parts []Span, day date.Date) (n int) {
	for n < len(parts) && parts[n].Start.Before(day) {
		n++
	}
	return n
}

// compareCharges orders charges by rule 11.
func compareCharges(a, b *charged) int {
	if a.Period != b.Period || a.Months != b.Months {
		return cmp.Or(a.Period.Start.Compare(b.Period.Start), cmp.Compare(a.Months, b.Months), a.Period.End.Compare(b.Period.End))
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
	return a.Period == b.Period && a.Months == b.Months && a.master == b.master && (a.master != "" || a.Line == b.Line)
}

// itemOf returns the item of charges, which are copied to parts.
func itemOf(all []*charged, parts []Charge, descriptions map[string]string) (InvoiceItem, error) {
	first := all[0]
	item := InvoiceItem{Code: first.Item, Description: first.Description, Memo: first.Memo, Months: first.Months, Period: first.Period, Parts: parts}
	if first.master != "" {
		item.RollUp, item.Code, item.Memo = true, first.master, ""
		item.Description = cmp.Or(descriptions[first.master], first.master)
	}
	for i, of := range all {
		parts[i] = of.Charge
		if item.Amount += of.Amount; item.Amount > maxAmount || item.Amount < -maxAmount {
			return InvoiceItem{}, tooLarge(of.Line, of.Span.Start)
		}
	}
	return item, nil
}

// creditItem returns the item of a credit, which is copied to its only part.
func creditItem(c *Grant, parts []Charge) InvoiceItem {
	parts[0] = Charge{Line: c.Line, Span: c.Span, Period: c.Span, Amount: -c.Amount, Item: c.Item, Description: c.Description}
	return InvoiceItem{
		Credit: true, Grant: c.Number, Why: c.CreditReason, Code: c.Item, Description: c.Description, Period: c.Span, Amount: -c.Amount, Parts: parts,
	}
}

func (i *Statement) sum() error {
	for n := range i.Items {
		if i.Total = i.Total + i.Items[n].Amount; i.Total > maxAmount || i.Total < -maxAmount {
			return i.Items[n].tooLarge()
		}
	}
	return nil
}

// tooLarge returns the error for an invoice whose total has too many digits from an item on.
func (i *InvoiceItem) tooLarge() error {
	if i.OneOff != 0 {
		return fmt.Errorf("the invoice comes to more than 18 digits of minor units with charge %d: lower it", i.OneOff)
	}
	return tooLarge(i.Parts[0].Line, i.Parts[0].Span.Start)
}

// tooLarge returns the error for an invoice whose total has too many digits.
func tooLarge(line int32, from date.Date) error {
	return fmt.Errorf("the invoice comes to more than 18 digits of minor units with line %d from %s on: "+
		"check the monthly amounts and start dates of its lines, or bill an earlier date first", line, from)
}
