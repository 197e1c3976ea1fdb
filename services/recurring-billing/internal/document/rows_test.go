package document

import (
	"bytes"
	"encoding/csv"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
)

// An invoice of a master account shows the origin of each line. Any other shows it if several lines
// have the same text.
func TestInvoiceDistinguishesLines(t *testing.T) {
	sharedText, apart := rollUp(3), rollUp(2)
	for i := range sharedText.Parts {
		sharedText.Parts[i].Description = "Monitoring"
	}
	sharedText.Parts[1].Memo = "Keys are with the neighbour"
	sharedText.Parts[2].Span.Start = date.MustNew(2026, time.March, 11)
	named := rollUp(2)
	for i := range named.Parts {
		named.Parts[i].Description = named.Description
	}
	second := lineItem("Fire", "Barn", 100)
	second.Parts[0].Line = 2
	split := lineItem("Fire", "", 3100)
	split.Parts = append(split.Parts, split.Parts[0])
	split.Parts[0].Span.End = date.MustNew(2026, time.March, 11)
	split.Parts[1].Span.Start = date.MustNew(2026, time.March, 11)
	others := invoice.Origins{1: {Customer: 8, Name: "Ann Ash", Site: 4, System: 5}, 2: {Customer: 9}, 3: {Customer: 3, Site: 6}}
	own := invoice.Origins{1: {Customer: 3, Site: 4, System: 5}, 2: {Customer: 3}, 3: {Customer: 3, Site: 6}}
	const period, first, rest = "2026-03-01 – 2026-03-31", "2026-03-01 – 2026-03-10", "2026-03-11 – 2026-03-31"
	for name, test := range map[string]struct {
		items   []billing.InvoiceItem
		origins invoice.Origins
		want    []row
	}{
		"children called the same": {[]billing.InvoiceItem{sharedText}, others, []row{
			{text: "Security package", detail: "Monitoring", period: period, amount: "30.03"},
			{text: "Line 1 · Customer 8, Ann Ash · Site 4 · System 5", part: "10.00"},
			{text: "Line 2 · Customer 9", detail: "Keys are with the neighbour", part: "10.01"},
			{text: "Line 3 · Site 6", period: rest, part: "10.02"},
		}},
		"children called as their package": {[]billing.InvoiceItem{named}, others, []row{
			{text: "Security package", period: period, amount: "20.01"},
			{text: "Line 1 · Customer 8, Ann Ash · Site 4 · System 5", part: "10.00"},
			{text: "Line 2 · Customer 9", part: "10.01"},
		}},
		"children with names of their own": {[]billing.InvoiceItem{apart}, others, []row{
			{text: "Security package", period: period, amount: "20.01"},
			{text: "Line 1 · Customer 8, Ann Ash · Site 4 · System 5 · Site 1", part: "10.00"},
			{text: "Line 2 · Customer 9 · Site 2", part: "10.01"},
		}},
		"own lines with names of their own": {[]billing.InvoiceItem{apart}, own, []row{
			{text: "Security package", period: period, amount: "20.01"}, {text: "Site 4 · Site 1", part: "10.00"}, {text: "Site 2", part: "10.01"},
		}},
		"a child that stands alone": {[]billing.InvoiceItem{lineItem("Fire", "Barn", 100)}, others, []row{
			{text: "Fire", detail: "Line 1 · Customer 8, Ann Ash · Site 4 · System 5\nBarn", period: period, amount: "1.00"},
		}},
		"an own line that stands alone": {[]billing.InvoiceItem{lineItem("Fire", "Barn", 100)}, own, []row{
			{text: "Fire", detail: "Site 4\nBarn", period: period, amount: "1.00"},
		}},
		"an own line twice": {[]billing.InvoiceItem{lineItem("Fire", "", 100), lineItem("Fire", "", 100)}, own, []row{
			{text: "Fire", detail: "Site 4", period: period, amount: "1.00"}, {text: "Fire", detail: "Site 4", period: period, amount: "1.00"},
		}},
		"own lines called the same": {[]billing.InvoiceItem{lineItem("Fire", "", 100), second}, own, []row{
			{text: "Fire", detail: "Line 1 · Site 4 · System 5", period: period, amount: "1.00"},
			{text: "Fire", detail: "Line 2\nBarn", period: period, amount: "1.00"},
		}},
		"a child whose rate changed": {[]billing.InvoiceItem{split}, others, []row{
			{text: "Fire", detail: "Line 1 · Customer 8, Ann Ash · Site 4 · System 5", period: period, amount: "31.00"},
			{text: "Fire", period: first, part: "31.00"}, {text: "Fire", period: rest, part: "31.00"},
		}},
	} {
		document := invoiceOf("USD", test.items...)
		document.Origins = test.origins
		content, err := invoiceSheet(document)
		if diff := cmp.Diff(test.want, content.rows, cmp.AllowUnexported(row{})); diff != "" || err != nil {
			t.Errorf("%s (-want +got), error %v:\n%s", name, err, diff)
		}
	}
}

// A package that began on the 11th shows no day before, and one with days between its parts shows
// those of each.
func TestItemShowsBilledDays(t *testing.T) {
	day := func(day int) date.Date { return date.MustNew(2026, time.March, day) }
	billed := func(spans ...billing.Span) []row {
		item := rollUp(len(spans))
		for i, span := range spans {
			item.Parts[i].Span = span
		}
		d := invoiceOf("USD", item)
		return rowsOf(&d, func(int64) string { return "1" })
	}
	late := billing.Span{Start: day(11), End: march.End}
	for name, test := range map[string]struct {
		rows []row
		want []string
	}{
		"all from the 11th": {billed(late, late), []string{"2026-03-11 – 2026-03-31", "", ""}},
		"one from the 11th": {billed(late, march), []string{"2026-03-01 – 2026-03-31", "2026-03-11 – 2026-03-31", ""}},
		"one after another": {billed(late, billing.Span{Start: march.Start, End: day(11)}), []string{"2026-03-01 – 2026-03-31", "2026-03-11 – 2026-03-31", "2026-03-01 – 2026-03-10"}},
		"with a gap":        {billed(late, billing.Span{Start: march.Start, End: day(5)}), []string{"", "2026-03-11 – 2026-03-31", "2026-03-01 – 2026-03-04"}},
	} {
		var got []string
		for _, row := range test.rows {
			got = append(got, row.period)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPrintedInvoiceDueDate(t *testing.T) {
	refund := lineItem("Monitoring", "", -2995)
	refund.Credit = true
	for name, test := range map[string]struct {
		state  invoice.State
		item   billing.InvoiceItem
		days   int
		due    string
		absent bool
	}{
		"in no time that is told": {invoice.Finalized, lineItem("Monitoring", "", 1), 0, "", true},
		"over the end of a month": {invoice.Finalized, lineItem("Monitoring", "", 1), 30, "2026-03-31", false},
		"as a draft":              {invoice.Draft, lineItem("Monitoring", "", 1), 31, "2026-04-01", false},
		"void":                    {invoice.Void, lineItem("Monitoring", "", 1), 30, "", true},
		"below zero":              {invoice.Finalized, refund, 30, "", true},
	} {
		document := invoiceOf("USD", test.item)
		document.State, document.Seller.PaymentDays = test.state, test.days
		content, err := invoiceSheet(document)
		if err != nil {
			t.Fatal(err)
		}
		place := slices.IndexFunc(content.facts, func(f fact) bool { return f.label == "Due" })
		if test.absent != (place < 0) || (place >= 0 && content.facts[place].value != test.due) {
			t.Errorf("%s: %v", name, content.facts)
		}
	}
}

func TestCountryNames(t *testing.T) {
	for code, want := range map[string]string{"MX": "Mexico", "GB": "United Kingdom", "MK": "North Macedonia", "SZ": "Eswatini", "CI": "Côte d’Ivoire", "ZZ": "ZZ", "EU": "EU", "": "", "é": "é"} {
		if got := countryOf(code); got != want {
			t.Errorf("%q is %q, want %q", code, got, want)
		}
	}
}

// Readers of the table may rely on the positions of columns, so new ones come last.
func TestTableEndsWithNewColumns(t *testing.T) {
	document := invoiceOf("USD", rollUp(3))
	document.Origins = invoice.Origins{1: {Customer: 8, Name: "=Ann", Site: 4, System: 5}, 2: {Customer: 3}}
	document.Seller.PaymentDays = 30
	var out bytes.Buffer
	table, err := NewTable(&out, true)
	if err == nil {
		err = table.Add(document)
	}
	if err == nil {
		err = table.Flush()
	}
	text, marked := bytes.CutPrefix(out.Bytes(), []byte("\xef\xbb\xbf"))
	rows, readErr := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || readErr != nil || len(rows) != 4 || !marked || rows[0][0] != "invoice" {
		t.Fatalf("%d rows, marked %t, error %v, %v", len(rows), marked, err, readErr)
	}
	var got [][]string
	for _, row := range rows {
		got = append(got, row[21:])
	}
	const due, name, total = "2026-03-31", "Łukasz Őrült", "30.03"
	want := [][]string{
		{"amount", "line_customer_id", "line_customer_name", "line_site_id", "line_system_id", "due_date", "bill_to_name", "invoice_total"},
		{"10.00", "8", "'=Ann", "4", "5", due, name, total}, {"10.01", "3", "", "", "", due, name, total}, {"10.02", "", "", "", "", due, name, total},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last columns (-want +got):\n%s", diff)
	}
}
