// Package document renders invoices and credit notes as PDFs, and invoices as CSV tables. It is
// pure: the same input gives the same bytes.
//
// A PDF is made in three steps: a sheet holds the text, layout places it on pages, and draw writes
// the pages.
package document

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

// sheet is the text of a document.
type sheet struct {
	// title is the heading of the document, and name its name on every page.
	title, name string
	// mark is written across every page unless it is empty.
	mark   string
	seller []string
	payer  []string
	facts  []fact
	rows   []row
	totals []total
	// notes are paragraphs below the totals.
	notes []string
	// date is the date of issue, which is also the PDF's creation date.
	date time.Time
}

// fact is an entry beside the title.
type fact struct{ label, value string }

// total is one of the sums below the table.
type total struct {
	label, amount string
	// strong marks the final total.
	strong bool
}

// Invoice renders an invoice as a PDF.
func Invoice(d invoice.Document) ([]byte, error) {
	content, err := invoiceSheet(d)
	if err != nil {
		return nil, err
	}
	return write(content, paperOf(d.Seller))
}

// CreditNote renders a credit note as a PDF.
func CreditNote(d invoice.CreditNoteDocument) ([]byte, error) {
	content, err := creditNoteSheet(d)
	if err != nil {
		return nil, err
	}
	return write(content, paperOf(d.Seller))
}

func write(content sheet, on paper) ([]byte, error) {
	canvas, err := newCanvas(on)
	if err != nil {
		return nil, err
	}
	return canvas.draw(layout(content, on, canvas.width), content)
}

func invoiceSheet(d invoice.Document) (sheet, error) {
	money, err := amountsIn(d.Currency)
	if err != nil {
		return sheet{}, err
	}
	called := Called(&d.Invoice)
	content := sheet{
		title: called, name: fmt.Sprintf("%s %d", called, d.Number), seller: sellerBlock(d.Seller), payer: payerBlock(d.Parties.BillTo),
		facts: []fact{
			{called + " number", fmt.Sprint(d.Number)}, {"Date", d.IssueDate.String()}, {"Customer", fmt.Sprint(d.Customer)},
			{"Account", fmt.Sprint(d.Invoice.BillTo)}, {"Currency", string(d.Currency)},
		},
		date: d.IssueDate.Time(),
	}
	content.rows = rowsOf(&d, money)
	content.totals = []total{{"Total " + string(d.Currency), money(d.Total), true}}
	owed := d.Total < 0 // to the customer
	if due := d.DueDate(); !due.IsZero() {
		content.facts = slices.Insert(content.facts, 2, fact{"Due", due.String()})
	}
	switch {
	case d.State == invoice.Draft:
		content.title, content.name, content.mark = "Draft "+strings.ToLower(called), "Draft "+string(d.ID), "DRAFT"
		content.facts[0] = fact{"Draft", string(d.ID)}
	case d.State == invoice.Void:
		content.mark = "VOID"
		content.notes = append(content.notes, "This "+strings.ToLower(called)+" was voided on "+d.Voiding.Day.String()+": "+d.Voiding.Reason)
	case d.Credited > 0:
		content.totals = []total{
			{"Total " + string(d.Currency), money(d.Total), false}, {"Credit notes", money(-d.Credited), false},
			{"Remaining " + string(d.Currency), money(d.Total - d.Credited), true},
		}
	case owed:
		content.totals = []total{
			{"Total " + string(d.Currency), money(d.Total), false}, {"Credit " + string(d.Currency), money(-d.Total), true},
		}
		content.notes = append(content.notes, "Nothing has to be paid: this amount is credited to you.")
	}
	if d.Seller.PaymentTerms != "" && d.State != invoice.Void && !owed {
		content.notes = append(content.notes, d.Seller.PaymentTerms)
	}
	return content, nil
}

// Called returns what the document of an invoice is called: one below zero is a credit memo.
func Called(i *invoice.Invoice) string {
	if i.Total < 0 {
		return "Credit memo"
	}
	return "Invoice"
}

func creditNoteSheet(d invoice.CreditNoteDocument) (sheet, error) {
	money, err := amountsIn(d.Currency)
	if err != nil {
		return sheet{}, err
	}
	content := sheet{
		title: "Credit note", name: fmt.Sprintf("Credit note %d", d.ID), seller: sellerBlock(d.Seller), payer: payerBlock(d.Parties.BillTo),
		facts: []fact{
			{"Credit note number", fmt.Sprint(d.ID)}, {"Date", d.IssueDate.String()}, {"For invoice", fmt.Sprint(d.InvoiceNumber)},
			{"Customer", fmt.Sprint(d.Customer)}, {"Account", fmt.Sprint(d.CreditNote.BillTo)}, {"Currency", string(d.Currency)},
		},
		totals: []total{{"Credit " + string(d.Currency), money(d.Total), true}},
		notes:  []string{d.Reason},
		date:   d.IssueDate.Time(),
	}
	for _, item := range d.Items {
		content.rows = append(content.rows, row{
			text: item.Description, detail: fmt.Sprintf("Item %d of invoice %d", item.Position, d.InvoiceNumber), amount: money(item.Amount),
		})
	}
	if len(d.Items) == 0 {
		content.rows = []row{{text: fmt.Sprintf("Credit for invoice %d", d.InvoiceNumber), amount: money(d.Total)}}
	}
	return content, nil
}

func sellerBlock(p invoice.Profile) []string {
	lines := append([]string{p.DisplayName}, addressLines(p.Address)...)
	if p.TaxID != "" {
		lines = append(lines, p.TaxID)
	}
	return lines
}

func payerBlock(b catalogue.BillTo) []string {
	return append([]string{b.DisplayName}, addressLines(b.Address)...)
}

func addressLines(a catalogue.Address) (lines []string) {
	// An address with a state is written in the American order, one without in the European order.
	place := a.PostalCode + " " + a.City
	if a.State != "" {
		place = strings.TrimPrefix(a.City+", ", ", ") + a.State + " " + a.PostalCode
	}
	for _, line := range append(append([]string{a.Company}, a.Lines[:]...), strings.TrimSpace(place), countryOf(a.Country), a.Email) {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// amounts formats minor units of a currency with its decimal places and thousands separators.
type amounts func(minor int64) string

func amountsIn(currency money.Currency) (amounts, error) {
	digits, known := currency.MinorDigits()
	if !known {
		return nil, fmt.Errorf("%q is not a currency", string(currency))
	}
	return func(minor int64) string { return grouped(decimalText(minor, digits)) }, nil
}

// decimalText formats minor units as a decimal with the given number of places.
func decimalText(minor int64, places int) string {
	sign, magnitude := "", uint64(minor)
	if minor < 0 {
		sign, magnitude = "-", -magnitude
	}
	text := fmt.Sprintf("%0*d", places+1, magnitude)
	if places == 0 {
		return sign + text
	}
	return sign + text[:len(text)-places] + "." + text[len(text)-places:]
}

// grouped inserts a comma before every three digits of the whole part.
func grouped(text string) string {
	whole, fraction, hasFraction := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if strings.HasPrefix(text, "-") {
		whole = "-" + whole
	}
	if hasFraction {
		whole += "." + fraction
	}
	return whole
}
