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
		"with a gap":        {billed(late, billing.Span{Start: march.Start, End: day(5)}), []string{"2026-03-01 – 2026-03-04\n2026-03-11 – 2026-03-31", "2026-03-11 – 2026-03-31", "2026-03-01 – 2026-03-04"}},
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
	priced := rollUp(3)
	priced.Parts[0].Pricing = billing.Pricing{
		Monthly: 3100, Months: 1, ByMonth: true, Rate: billing.RateDates{Effective: date.MustNew(2026, time.January, 1), From: march.Start},
	}
	priced.Parts[2].Pricing = billing.Pricing{Monthly: 3100, Months: 1}
	once := billing.InvoiceItem{OneOff: 7, Code: "FEE", Description: "Call", Period: billing.Span{Start: march.Start, End: march.Start.AddDays(1)}, Amount: 500}
	document := invoiceOf("USD", priced, creditOf(-100, "PAUSE", "=AWAY"), creditOf(-200, "", "MOVED"), once)
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
	if err != nil || readErr != nil || len(rows) != 7 || !marked || rows[0][0] != "invoice" {
		t.Fatalf("%d rows, marked %t, error %v, %v", len(rows), marked, err, readErr)
	}
	var got [][]string
	for _, row := range rows {
		got = append(got, row[21:])
	}
	const due, name, total = "2026-03-31", "Łukasz Őrült", "32.03"
	want := [][]string{
		{
			"amount", "line_customer_id", "line_customer_name", "line_site_id", "line_system_id", "due_date", "bill_to_name", "invoice_total",
			"monthly_amount", "proration", "rate_date", "credit_kind", "credit_reason_code", "charge",
		},
		{"10.00", "8", "'=Ann", "4", "5", due, name, total, "31.00", "BY_MONTH", "2026-01-01", "", "", ""},
		{"10.01", "3", "", "", "", due, name, total, "", "", "", "", "", ""}, {"10.02", "", "", "", "", due, name, total, "31.00", "BY_PERIOD", "", "", "", ""},
		{"-1.00", "8", "'=Ann", "4", "5", due, name, total, "", "", "", "PAUSE", "'=AWAY", ""},
		{"-2.00", "8", "'=Ann", "4", "5", due, name, total, "", "", "", "CANCELLATION", "MOVED", ""},
		{"5.00", "", "", "", "", due, name, total, "", "", "", "", "", "7"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("last columns (-want +got):\n%s", diff)
	}
}

// creditOf returns the item of a credit of March.
func creditOf(amount int64, kind, why string) billing.InvoiceItem {
	item := lineItem("Monitoring", "", amount)
	item.Credit, item.Months, item.Why = true, 0, billing.CreditReason{Kind: kind, Reason: why}
	return item
}

// A row says what a month costs where the amount is not that of one whole month, and why days are
// credited.
func TestRowsSayRateAndReason(t *testing.T) {
	half := billing.Span{Start: march.Start, End: date.MustNew(2026, time.March, 16)}
	priced := func(span billing.Span, months int, byMonth bool) billing.InvoiceItem {
		item := lineItem("Monitoring", "Hall", 1500)
		item.Parts[0].Span, item.Parts[0].Pricing = span, billing.Pricing{Monthly: 3100, Months: months, ByMonth: byMonth, First: span.Start}
		return item
	}
	month := priced(march, 1, true)
	month.Parts[0].Amount, month.Amount = 3100, 3100
	cut := priced(half, 1, true)
	cut.Parts = append(cut.Parts, billing.Charge{Line: 1, Span: billing.Span{Start: half.End, End: march.End}, Period: march, Amount: 1600, Description: "Monitoring"})
	cut.Parts[1].Pricing = billing.Pricing{Monthly: 3200, Months: 1, ByMonth: true, First: half.End}
	for name, test := range map[string]struct {
		item billing.InvoiceItem
		want []string
	}{
		"a whole month":        {month, []string{"Hall"}},
		"a whole quarter":      {priced(march, 3, true), []string{"31.00 a month\nHall"}},
		"half a month":         {priced(half, 1, true), []string{"31.00 a month, prorated by month\nHall"}},
		"half, by period":      {priced(half, 3, false), []string{"31.00 a month, prorated by period\nHall"}},
		"not known":            {lineItem("Monitoring", "Hall", 1500), []string{"Hall"}},
		"two rates":            {cut, []string{"Hall", "31.00 a month, prorated by month", "32.00 a month, prorated by month"}},
		"a cancellation":       {creditOf(-100, "", "MOVED"), []string{"Cancelled: MOVED"}},
		"a rate":               {creditOf(-100, "RATE", "PRICE"), []string{"Rate changed: PRICE"}},
		"a pause":              {creditOf(-100, "PAUSE", "HOLIDAY"), []string{"Paused: HOLIDAY"}},
		"a credit from before": {creditOf(-100, "", ""), []string{""}},
	} {
		d := invoiceOf("USD", test.item)
		money, err := amountsIn("USD")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range rowsOf(&d, money) {
			got = append(got, row.detail)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
