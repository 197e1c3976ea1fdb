package document

import (
	"cmp"
	"fmt"
	"slices"
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
	// period has a line for each span of days.
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

// item returns the row of an item, followed by rows of its parts if these add information. The item
// shows the days that its parts bill. A part repeats neither these nor a text that all lines of a
// roll-up share. A one-off charge has no parts and shows its date.
func (t *table) item(item *billing.InvoiceItem) []row {
	if len(item.Parts) == 0 {
		return []row{{text: cmp.Or(item.Description, item.Code), detail: item.Memo, period: days(item.Period), amount: t.money(item.Amount)}}
	}
	billed := billedDays(item.Parts)
	total := row{text: cmp.Or(item.Description, item.Code), period: spansText(billed), amount: t.money(item.Amount)}
	if item.Credit {
		total.text = "Credit: " + total.text
		total.detail = creditNote(item.Why)
	}
	if !item.RollUp {
		total.detail = stacked(stacked(total.detail, t.lineNote(&item.Parts[0])), item.Memo)
		if len(item.Parts) == 1 {
			total.detail = stacked(t.priceNote(&item.Parts[0]), total.detail)
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
		if len(billed) > 1 || part.Span != billed[0] {
			line.period = days(part.Span)
		}
		line.detail = stacked(t.priceNote(part), line.detail)
		rows = append(rows, line)
	}
	return rows
}

// priceNote says what a month of a part costs, unless the part is one whole month, and how a part of a
// period was priced. It is empty if that is not known.
func (t *table) priceNote(part *billing.Charge) string {
	whole := part.Span == part.Period
	if !part.Known() || whole && part.Amount == part.Monthly {
		return ""
	}
	note := t.money(part.Monthly) + " a month"
	switch {
	case whole:
		return note
	case part.ByMonth:
		return note + ", prorated by month"
	}
	return note + ", prorated by period"
}

// creditNote says why days are credited, or nothing if that is not known.
func creditNote(why billing.CreditReason) string {
	if why.Reason == "" {
		return ""
	}
	switch line.CreditKind(why.Kind) {
	case line.OfRate:
		return "Rate changed: " + why.Reason
	case line.OfPause:
		return "Paused: " + why.Reason
	}
	return "Cancelled: " + why.Reason
}

// maxSpans is the most spans of days that an item shows. The parts of one with more show theirs.
const maxSpans = 12

// spansText formats spans of days, one a line, or nothing if they are too many.
func spansText(spans []billing.Span) string {
	if len(spans) > maxSpans {
		return ""
	}
	texts := make([]string, len(spans))
	for i, span := range spans {
		texts[i] = days(span)
	}
	return strings.Join(texts, "\n")
}

// billedDays returns the days that parts bill together, in order.
func billedDays(parts []billing.Charge) (billed []billing.Span) {
	spans := make([]billing.Span, len(parts))
	for i := range parts {
		spans[i] = parts[i].Span
	}
	slices.SortFunc(spans, func(a, b billing.Span) int { return a.Start.Compare(b.Start) })
	for _, span := range spans {
		last := len(billed) - 1
		switch {
		case last < 0 || billed[last].End.Before(span.Start):
			billed = append(billed, span)
		case billed[last].End.Before(span.End):
			billed[last].End = span.End
		}
	}
	return billed
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

// lineNote says whose line it is: always its site, its number and system too if it is another
// customer's or other lines have the same text.
func (t *table) lineNote(part *billing.Charge) string {
	origin := t.origins[line.ID(part.Line)]
	site := ""
	if origin.Site != 0 {
		site = fmt.Sprintf("Site %d", origin.Site)
	}
	another := origin.Customer != 0 && origin.Customer != t.invoice.Customer
	if !another && len(t.lines[textOf(part)]) == 1 {
		return site
	}
	content := fmt.Sprintf("Line %d", part.Line)
	if another {
		content = joined(content, fmt.Sprintf("Customer %d", origin.Customer))
		if origin.Name != "" {
			content += ", " + origin.Name
		}
	}
	content = joined(content, site)
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
