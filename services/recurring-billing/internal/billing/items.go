package billing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/platform/date"
)

// charged is a charge that is not yet assigned to an item.
type charged struct {
	Charge
	months int
	// master is the master item, or empty for a line that stands alone.
	master string
}

type charges []charged

// bill makes the invoice of one debtor. The statement has no items if nothing is due.
func bill(to debtor, owed Due, asOf date.Date, sorter *charges) (Statement, error) {
	invoice := Statement{BillTo: to.billTo, Currency: to.currency, OneOffs: owed.OneOffs}
	all := (*sorter)[:0]
	for i := range owed.Lines {
		line := &owed.Lines[i]
		due, parts, err := line.Due(asOf)
		if err != nil {
			return Statement{}, err
		}
		if len(parts) == 0 {
			continue
		}
		again := before(parts, line.Unbilled)
		invoice.Lines = append(invoice.Lines, Advance{
			Line: line.ID, Version: line.Version, Parts: parts, Again: again, Rest: without(line.Again, parts[:again]),
		})
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
		item, err := itemOf(all[:n], owed.Descriptions)
		if err != nil {
			return Statement{}, err
		}
		invoice.Items = append(invoice.Items, item)
		all = all[n:]
	}
	for i := range owed.OneOffs {
		if err := owed.OneOffs[i].Err; err != nil {
			return Statement{}, fmt.Errorf("charge %d: %w", owed.OneOffs[i].Number, err)
		}
		invoice.Items = append(invoice.Items, owed.OneOffs[i].item())
	}
	for _, credit := range owed.Credits {
		invoice.Items = append(invoice.Items, creditItem(credit))
	}
	return invoice, invoice.sum()
}

// without returns the days of spans that are in none of others, which are in order.
func without(spans, others []Span) (rest []Span) {
	for _, span := range spans {
		rest = append(rest, span.Minus(others)...)
	}
	return rest
}

// before counts the parts, in order, that begin before a day.
func before(parts []Span, day date.Date) (n int) {
	for n < len(parts) && parts[n].Start.Before(day) {
		n++
	}
	return n
}

// compareCharges orders charges by rule 11.
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
		if item.Amount += all[i].Amount; item.Amount > maxAmount || item.Amount < -maxAmount {
			return InvoiceItem{}, tooLarge(all[i].Line, all[i].Span.Start)
		}
	}
	return item, nil
}

func creditItem(c Grant) InvoiceItem {
	return InvoiceItem{
		Credit: true, Grant: c.Number, Why: c.CreditReason, Code: c.Item, Description: c.Description, Period: c.Span, Amount: -c.Amount,
		Parts: []Charge{{Line: c.Line, Span: c.Span, Period: c.Span, Amount: -c.Amount, Item: c.Item, Description: c.Description}},
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
