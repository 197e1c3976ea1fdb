package document

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// row is one row of the table.
type row struct {
	text string
	// detail is printed in small type below the text.
	detail string
	period string
	// part is an amount that is part of another; amount counts towards the total. Rows of parts
	// follow the row that they belong to.
	part, amount string
}

// table makes the rows of an invoice.
type table struct {
	invoice *invoice.Invoice
	origins invoice.Origins
	money   amounts
	// lines holds the lines that share a printed text.
	lines map[string]map[int32]bool
}

func rowsOf(d *invoice.Document, money amounts) (rows []row) {
	t := table{invoice: &d.Invoice, origins: d.Origins, money: money, lines: map[string]map[int32]bool{}}
	for i := range d.Items {
		for j := range d.Items[i].Parts {
			part := &d.Items[i].Parts[j]
			if t.lines[textOf(part)] == nil {
				t.lines[textOf(part)] = map[int32]bool{}
			}
			t.lines[textOf(part)][part.Line] = true
		}
	}
	for i := range d.Items {
		rows = append(rows, t.item(&d.Items[i])...)
	}
	return rows
}

// textOf returns the printed text of a line.
func textOf(part *billing.Charge) string { return cmp.Or(part.Description, part.Item) }

// item returns the row of an item, followed by rows of its parts if these add information. A part
// repeats neither the period of a whole period nor a text that all lines of a roll-up share.
func (t *table) item(item *billing.InvoiceItem) []row {
	total := row{text: cmp.Or(item.Description, item.Code), period: days(item.Period), amount: t.money(item.Amount)}
	if item.Credit {
		total.text = "Credit: " + total.text
	}
	if !item.RollUp {
		total.detail = stacked(t.lineNote(&item.Parts[0]), item.Memo)
		if len(item.Parts) == 1 {
			total.period = days(item.Parts[0].Span)
			return []row{total}
		}
	}
	called := sharedText(item.Parts)
	if item.RollUp && called != "" && called != total.text {
		total.detail = called
	}
	rows := append(make([]row, 0, 1+len(item.Parts)), total)
	for i := range item.Parts {
		part := &item.Parts[i]
		line := row{text: textOf(part), part: t.money(part.Amount)}
		if item.RollUp {
			line.detail = part.Memo
			line.text = joined(t.lineNote(part), textOf(part))
			if called != "" {
				line.text = t.lineNote(part)
			}
		}
		if part.Span != item.Period {
			line.period = days(part.Span)
		}
		rows = append(rows, line)
	}
	return rows
}

// sharedText returns the text that all parts share, or an empty text.
func sharedText(parts []billing.Charge) string {
	several := false
	for i := range parts {
		if textOf(&parts[i]) != textOf(&parts[0]) {
			return ""
		}
		several = several || parts[i].Line != parts[0].Line
	}
	if !several {
		return ""
	}
	return textOf(&parts[0])
}

// lineNote distinguishes a line from others, by its number and origin. It is empty if the line is the
// invoiced customer's and no other line has the same text.
func (t *table) lineNote(part *billing.Charge) string {
	origin := t.origins[line.ID(part.Line)]
	another := origin.Customer != 0 && origin.Customer != t.invoice.Customer
	if !another && len(t.lines[textOf(part)]) == 1 {
		return ""
	}
	content := fmt.Sprintf("Line %d", part.Line)
	if another {
		content = joined(content, fmt.Sprintf("Customer %d", origin.Customer))
		if origin.Name != "" {
			content += ", " + origin.Name
		}
	}
	if origin.Site != 0 {
		content = joined(content, fmt.Sprintf("Site %d", origin.Site))
	}
	if origin.System != 0 {
		content = joined(content, fmt.Sprintf("System %d", origin.System))
	}
	return content
}

func joined(content, more string) string {
	if content == "" || more == "" {
		return content + more
	}
	return content + " · " + more
}

func stacked(content, more string) string { return strings.Trim(content+"\n"+more, "\n") }

// days formats a span by its first and last day, both included.
func days(span billing.Span) string {
	last := span.End.AddDays(-1)
	if last == span.Start {
		return last.String()
	}
	return span.Start.String() + " – " + last.String()
}
