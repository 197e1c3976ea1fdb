package document

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Columns of a table of invoices. A row is a part of an item, and repeats the values of its invoice
// and item.
var columns = []string{
	"invoice", "invoice_number", "state", "issue_date", "customer_id", "bill_to", "cycle_run", "currency",
	"item_number", "kind", "item", "item_description", "months", "period_start", "period_end",
	"recurring_line", "line_item", "line_description", "memo", "start_date", "end_date", "amount",
	"line_customer_id", "line_customer_name", "line_site_id", "line_system_id",
}

// Table writes invoices as comma-separated values (RFC 4180).
type Table struct{ out *csv.Writer }

// NewTable returns a table and writes its header.
func NewTable(to io.Writer) (*Table, error) {
	out := csv.NewWriter(to)
	out.UseCRLF = true
	table := &Table{out}
	return table, table.write(columns)
}

func (t *Table) write(cells []string) error {
	if err := t.out.Write(cells); err != nil {
		return fmt.Errorf("writing a table of invoices: %w", err)
	}
	return nil
}

// Add writes the rows of an invoice. origins holds the origins of its lines.
func (t *Table) Add(inv invoice.Invoice, origins invoice.Origins) error {
	digits, known := inv.Currency.MinorDigits()
	if !known {
		return fmt.Errorf("invoice %s: %q is not a currency", inv.ID, string(inv.Currency))
	}
	number := strconv.FormatInt(inv.Number, 10)
	if inv.State == invoice.Draft {
		number = ""
	}
	for i, item := range inv.Items {
		for _, part := range item.Parts {
			months := ""
			if item.Months > 0 {
				months = strconv.Itoa(item.Months)
			}
			origin := origins[line.ID(part.Line)]
			err := t.write([]string{
				string(inv.ID), number, string(inv.State), inv.IssueDate.String(),
				fmt.Sprint(inv.Customer), fmt.Sprint(inv.BillTo), fmt.Sprint(inv.Run), string(inv.Currency),
				strconv.Itoa(i + 1), kindOf(&item), escapeFormula(item.Code), escapeFormula(item.Description), months,
				item.Period.Start.String(), item.Period.End.String(),
				strconv.Itoa(int(part.Line)), escapeFormula(part.Item), escapeFormula(part.Description), escapeFormula(part.Memo),
				part.Span.Start.String(), part.Span.End.String(), decimalText(part.Amount, digits),
				numberOrNone(int32(origin.Customer)), escapeFormula(origin.Name), numberOrNone(int32(origin.Site)), numberOrNone(int32(origin.System)),
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Flush writes buffered rows.
func (t *Table) Flush() error {
	t.out.Flush()
	if err := t.out.Error(); err != nil {
		return fmt.Errorf("writing a table of invoices: %w", err)
	}
	return nil
}

func kindOf(item *billing.InvoiceItem) string {
	switch {
	case item.Credit:
		return "CREDIT"
	case item.RollUp:
		return "ROLL_UP"
	}
	return "LINE"
}

// numberOrNone formats a number, and 0 as an empty text.
func numberOrNone(number int32) string {
	if number == 0 {
		return ""
	}
	return strconv.Itoa(int(number))
}

// escapeFormula prefixes a text with a quote if a spreadsheet would take it for a formula.
func escapeFormula(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}
