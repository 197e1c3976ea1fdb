package document

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

// Columns of a table of invoices. A row is a part of an item, or a one-off charge, and repeats the
// values of its invoice and item.
var columns = []string{
	"invoice", "invoice_number", "state", "issue_date", "customer_id", "bill_to", "cycle_run", "currency",
	"item_number", "kind", "item", "item_description", "months", "period_start", "period_end",
	"recurring_line", "line_item", "line_description", "memo", "start_date", "end_date", "amount",
	"line_customer_id", "line_customer_name", "line_site_id", "line_system_id",
	"due_date", "bill_to_name", "invoice_total",
	"monthly_amount", "proration", "rate_date", "credit_kind", "credit_reason_code", "charge",
}

// byteOrderMark marks a text as UTF-8 for spreadsheets that take it for another encoding otherwise.
const byteOrderMark = "\ufeff"

// Table writes invoices as comma-separated values (RFC 4180).
type Table struct{ out *csv.Writer }

// NewTable returns a table and writes its header, behind a byte order mark if that is wanted.
func NewTable(to io.Writer, mark bool) (*Table, error) {
	if mark {
		if _, err := io.WriteString(to, byteOrderMark); err != nil {
			return nil, fmt.Errorf("writing a table of invoices: %w", err)
		}
	}
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

// Add writes the rows of an invoice.
func (t *Table) Add(d invoice.Document) error {
	digits, known := d.Currency.MinorDigits()
	if !known {
		return fmt.Errorf("invoice %s: %q is not a currency", d.ID, string(d.Currency))
	}
	for i := range d.Items {
		for _, part := range rowsIn(&d.Items[i]) {
			if err := t.write(partCells(&d, i, part, digits)); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowsIn returns the parts of an item. A one-off charge has one row, of no line.
func rowsIn(item *billing.InvoiceItem) []billing.Charge {
	if item.OneOff == 0 {
		return item.Parts
	}
	return []billing.Charge{{Span: item.Period, Amount: item.Amount, Memo: item.Memo}}
}

// partCells returns the cells of a part of an item, in the order of the columns.
func partCells(d *invoice.Document, i int, part billing.Charge, digits int) []string {
	item := &d.Items[i]
	number, months := "", ""
	if d.State != invoice.Draft {
		number = strconv.FormatInt(d.Number, 10)
	}
	if item.Months > 0 {
		months = strconv.Itoa(item.Months)
	}
	origin := d.Origins[line.ID(part.Line)]
	monthly, proration, since := "", "", ""
	if part.Known() {
		monthly, proration, since = decimalText(part.Monthly, digits), prorationOf(&part), dateOrNone(part.Rate.Effective)
	}
	credited := ""
	if item.Why.Reason != "" {
		credited = cmp.Or(item.Why.Kind, "CANCELLATION")
	}
	return []string{
		string(d.ID), number, string(d.State), d.IssueDate.String(),
		fmt.Sprint(d.Customer), fmt.Sprint(d.Invoice.BillTo), fmt.Sprint(d.Run), string(d.Currency),
		strconv.Itoa(i + 1), kindOf(item), escapeFormula(item.Code), escapeFormula(item.Description), months,
		item.Period.Start.String(), item.Period.End.String(),
		numberOrNone(part.Line), escapeFormula(part.Item), escapeFormula(part.Description), escapeFormula(part.Memo),
		part.Span.Start.String(), part.Span.End.String(), decimalText(part.Amount, digits),
		numberOrNone(int32(origin.Customer)), escapeFormula(origin.Name), numberOrNone(int32(origin.Site)), numberOrNone(int32(origin.System)),
		dateOrNone(d.DueDate()), escapeFormula(d.Parties.BillTo.DisplayName), decimalText(d.Total, digits),
		monthly, proration, since, credited, escapeFormula(item.Why.Reason), numberOrNone(item.OneOff),
	}
}

// prorationOf names how a part was priced.
func prorationOf(part *billing.Charge) string {
	if part.ByMonth {
		return "BY_MONTH"
	}
	return "BY_PERIOD"
}

// dateOrNone formats a date, and the zero date as an empty text.
func dateOrNone(day date.Date) string {
	if day.IsZero() {
		return ""
	}
	return day.String()
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
	case item.OneOff != 0:
		return "CHARGE"
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
