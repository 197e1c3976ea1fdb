package document

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bojanz/currency"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/image/font/sfnt"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/document/fonts"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/invoice"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/money"
)

var march = billing.Span{Start: date.MustNew(2026, time.March, 1), End: date.MustNew(2026, time.April, 1)}

func lineItem(description, memo string, amount int64) billing.InvoiceItem {
	return billing.InvoiceItem{
		Code: "MON", Description: description, Memo: memo, Months: 1, Period: march, Amount: amount,
		Parts: []billing.Charge{{Line: 1, Span: march, Period: march, Amount: amount, Item: "MON", Description: description, Memo: memo}},
	}
}

func rollUp(parts int) billing.InvoiceItem {
	item := billing.InvoiceItem{RollUp: true, Code: "BASE", Description: "Security package", Months: 1, Period: march}
	for i := range parts {
		item.Parts = append(item.Parts, billing.Charge{
			Line: int32(i + 1), Span: march, Period: march, Amount: int64(1000 + i), Item: "MON", Description: fmt.Sprintf("Site %d", i+1),
		})
		item.Amount += int64(1000 + i)
	}
	return item
}

func invoiceOf(currency money.Currency, items ...billing.InvoiceItem) invoice.Document {
	inv := invoice.Invoice{
		ID: "1-7-USD", Number: 42, State: invoice.Finalized, Run: 1, BillTo: 7, Customer: 3, IssueDate: march.Start,
		Currency: currency, Items: items,
	}
	for _, item := range items {
		inv.Total += item.Amount
	}
	return invoice.Document{Invoice: inv, Parties: invoice.Parties{
		Seller: invoice.Profile{
			DisplayName: "Sécurité & Söhne", TaxID: "RFC ABC", PaymentTerms: "30 days.\nThank you",
			Address: catalogue.Address{Lines: [3]string{"1 rue Haute"}, City: "Montréal", State: "QC", PostalCode: "H2X 1Y4", Country: "CA"},
		},
		BillTo: catalogue.BillTo{ID: 7, DisplayName: "Łukasz Őrült", Address: catalogue.Address{Company: "Old Mill", City: "Berlin", PostalCode: "10623"}},
	}}
}

// printed returns the texts on each page.
func printed(t testing.TB, d invoice.Document) (pages [][]string, laid []page) {
	t.Helper()
	content, err := invoiceSheet(d)
	if err != nil {
		t.Fatal(err)
	}
	canvas, err := newCanvas(paperOf(d.Seller))
	if err != nil {
		t.Fatal(err)
	}
	laid = layout(content, canvas.paper, canvas.width)
	for _, page := range laid {
		var texts []string
		for _, text := range page.texts {
			if text.text != "" {
				texts = append(texts, text.text)
			}
		}
		pages = append(pages, texts)
	}
	return pages, laid
}

func TestPrintedInvoiceContent(t *testing.T) {
	split := lineItem("Fire alarm", "Keys are with the neighbour", 3100)
	split.Parts = []billing.Charge{
		{Line: 2, Span: billing.Span{Start: march.Start, End: date.MustNew(2026, time.March, 11)}, Period: march, Amount: 1000, Description: "Fire alarm"},
		{Line: 2, Span: billing.Span{Start: date.MustNew(2026, time.March, 11), End: march.End}, Period: march, Amount: 2100, Description: "Fire alarm"},
	}
	credit := lineItem("Monitoring", "", -1550)
	credit.Credit = true
	pages, _ := printed(t, invoiceOf("USD", rollUp(2), lineItem("Monitoring", "", 123456), split, credit))
	want := [][]string{{
		"Sécurité & Söhne", "1 rue Haute", "Montréal, QC H2X 1Y4", "Canada", "RFC ABC", "Invoice",
		"Invoice number", "42", "Date", "2026-03-01", "Customer", "3", "Account", "7", "Currency", "USD",
		"Bill to", "Łukasz Őrült", "Old Mill", "10623 Berlin", "Description", "Period", "Amount",
		"2026-03-01 – 2026-03-31", "20.01", "Security package", "10.00", "Site 1", "10.01", "Site 2",
		"2026-03-01 – 2026-03-31", "1,234.56", "Monitoring",
		"2026-03-01 – 2026-03-31", "31.00", "Fire alarm", "Keys are with the neighbour",
		"2026-03-01 – 2026-03-10", "10.00", "Fire alarm", "2026-03-11 – 2026-03-31", "21.00", "Fire alarm",
		"2026-03-01 – 2026-03-31", "-15.50", "Credit: Monitoring",
		"Total USD", "1,270.07", "30 days.", "Thank you",
	}}
	if diff := cmp.Diff(want, pages); diff != "" {
		t.Errorf("printed (-want +got):\n%s", diff)
	}
}

func TestPrintVoidedAndCreditedInvoices(t *testing.T) {
	credited := invoiceOf("USD", lineItem("Monitoring", "", 2995))
	credited.Credited = 1000
	refund := lineItem("Monitoring", "", -2995)
	refund.Credit = true
	owed, settled := invoiceOf("USD", lineItem("Monitoring", "", 1000), refund), invoiceOf("USD", lineItem("Monitoring", "", 2995), refund)
	taken := invoiceOf("USD", refund)
	taken.State, taken.Voiding = invoice.Void, invoice.Voiding{Reason: "Wrong", Day: march.Start.AddDays(4)}
	void := invoiceOf("USD", lineItem("Monitoring", "", 2995))
	void.State, void.Voiding = invoice.Void, invoice.Voiding{Reason: "Wrong account", Day: march.Start.AddDays(4)}
	draft := invoiceOf("USD", lineItem("Monitoring", "", 2995))
	draft.State, draft.Number = invoice.Draft, 0
	for name, test := range map[string]struct {
		invoice invoice.Document
		ends    string
		mark    string
	}{
		"draft":         {draft, "Total USD|29.95|30 days.|Thank you", "DRAFT"},
		"credited":      {credited, "Total USD|29.95|Credit notes|-10.00|Remaining USD|19.95|30 days.|Thank you", ""},
		"void":          {void, "Total USD|29.95|This invoice was voided on 2026-03-05: Wrong account", "VOID"},
		"owed":          {owed, "Total USD|-19.95|Credit USD|19.95|Nothing has to be paid: this amount is credited to you.", ""},
		"settled":       {settled, "Total USD|0.00|30 days.|Thank you", ""},
		"owed and void": {taken, "Total USD|-29.95|This credit memo was voided on 2026-03-05: Wrong", "VOID"},
	} {
		pages, _ := printed(t, test.invoice)
		if got := strings.Join(pages[0], "|"); !strings.HasSuffix(got, test.ends) {
			t.Errorf("%s: %s", name, got)
		}
		if content, err := invoiceSheet(test.invoice); err != nil || content.mark != test.mark {
			t.Errorf("%s is marked %q, error %v", name, content.mark, err)
		}
	}
}

func TestPrintedDraftHasMarkAndNoNumber(t *testing.T) {
	draft := invoiceOf("USD", lineItem("Monitoring", "", 2995))
	draft.State, draft.Number = invoice.Draft, 0
	pages, _ := printed(t, draft)
	got := strings.Join(pages[0], "|")
	if !strings.Contains(got, "Draft invoice") || !strings.Contains(got, "1-7-USD") || strings.Contains(got, "Invoice number") || strings.Contains(got, "|0|") {
		t.Error(got)
	}
}

func TestLongInvoiceSpansPagesCompletely(t *testing.T) {
	for paper := range papers {
		t.Run(string(paper), func(t *testing.T) { spansPages(t, paper) })
	}
}

func spansPages(t *testing.T, on invoice.Paper) {
	word := strings.Repeat("W", 200)
	memo := strings.Repeat("A note that says much. ", 80) + word
	long := invoiceOf("USD", rollUp(200), lineItem("Monitoring", memo, 5), rollUp(60))
	long.Seller.Paper = on
	pages, laid := printed(t, long)
	if len(pages) < 5 {
		t.Errorf("%d pages", len(pages))
	}
	var everything strings.Builder
	for i, texts := range pages {
		everything.WriteString(strings.Join(texts, " ") + " ")
		// Every page but the last, which may have only the totals, repeats the row that its parts
		// belong to.
		if again := strings.Join(texts[:min(len(texts), 5)], "|"); i > 0 && i < len(pages)-1 &&
			!strings.HasPrefix(again, "Description|Period|Amount|2026-03-01 – 2026-03-31|Security package (continued)") &&
			!strings.HasPrefix(again, "Description|Period|Amount|2026-03-01 – 2026-03-31|Monitoring (continued)") {
			t.Errorf("page %d begins with %q", i+1, again)
		}
	}
	for i := range 200 {
		if !strings.Contains(everything.String(), fmt.Sprintf("Site %d ", i+1)) {
			t.Errorf("site %d is missing", i+1)
		}
	}
	if got := strings.Count(everything.String(), "W"); got < 200 {
		t.Errorf("%d letters of the long word are printed", got)
	}
	canvas, err := newCanvas(papers[on])
	if err != nil {
		t.Fatal(err)
	}
	for i, page := range laid {
		for _, text := range page.texts {
			from, to := text.x, text.x+canvas.width(text.style, text.text)
			if text.ends {
				from, to = text.x-canvas.width(text.style, text.text), text.x
			}
			if from < left-0.01 || to > papers[on].right()+0.01 || text.y < top || text.y > papers[on].bottom()+1 {
				t.Errorf("page %d: %q from %.1f to %.1f at %.1f", i+1, text.text, from, to, text.y)
			}
		}
	}
}

func TestAmountsUseDecimalPlacesOfCurrency(t *testing.T) {
	for _, test := range []struct {
		currency money.Currency
		minor    int64
		want     string
	}{
		{"USD", 0, "0.00"}, {"USD", 5, "0.05"}, {"USD", -5, "-0.05"}, {"EUR", 123456789, "1,234,567.89"}, {"USD", -100000, "-1,000.00"},
		{"JPY", 1234567, "1,234,567"}, {"JPY", -999, "-999"}, {"KWD", 1234567, "1,234.567"}, {"KWD", 7, "0.007"}, {"CLF", 12345, "1.2345"},
		{"USD", math.MaxInt64, "92,233,720,368,547,758.07"}, {"USD", math.MinInt64, "-92,233,720,368,547,758.08"},
	} {
		m, err := amountsIn(test.currency)
		if err != nil || m(test.minor) != test.want {
			t.Errorf("%d minor units of %s are %q, error %v, want %q", test.minor, test.currency, m(test.minor), err, test.want)
		}
	}
	if _, err := Invoice(invoiceOf("ZZZ")); err == nil {
		t.Error("an invoice in no currency is printed")
	}
}

func TestMissingGlyphIsPrintedAsBox(t *testing.T) {
	canvas, err := newCanvas(papers[invoice.A4])
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"Ünïcode € Łódź ß": "Ünïcode € Łódź ß", "Ελληνικά Кириллица": "Ελληνικά Кириллица", "e\u0301": "é", "請求書 No. 1": "□□□ No. 1",
		"₹ 10 ₱֏﷼": "₹ 10 ₱֏﷼", "＄﹩￥": "$$¥", "a\tb\u00a0c": "a b c", "zero\u200bwidth\u0007": "zerowidth", "😀": "□",
	} {
		if got := canvas.printable(text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
}

// Every sign of a currency in the first plane prints, in both weights, but those of N'Ko, whose
// currency is of the past.
func TestSignsOfCurrenciesPrint(t *testing.T) {
	canvas, err := newCanvas(papers[invoice.A4])
	if err != nil {
		t.Fatal(err)
	}
	bold, err := sfnt.Parse(fonts.Bold)
	if err != nil {
		t.Fatal(err)
	}
	for r := rune(1); r <= 0xffff; r++ {
		if !unicode.Is(unicode.Sc, r) || unicode.Is(unicode.Nko, r) {
			continue
		}
		shown := canvas.printable(string(r))
		index, err := bold.GlyphIndex(&canvas.buffer, r)
		if shown == string(missing) || canvas.width(plain, shown) == 0 || canvas.familyOf(r) == signs && shown == string(r) && (index == 0 || err != nil) {
			t.Errorf("%U is printed as %q", r, shown)
		}
	}
	if got, want := canvas.width(plain, "₹ 10 ₱"), canvas.width(plain, "₹ ")+canvas.width(plain, "10 ")+canvas.width(plain, "₱"); math.Abs(got-want) > 0.001 {
		t.Errorf("a text of two fonts is %.3f mm wide, its pieces %.3f", got, want)
	}
	rupees := invoiceOf("INR", lineItem("Monitoring, ₹ 499", "", 49900))
	pages, err := Invoice(rupees)
	if err != nil || !bytes.Contains(pages, []byte("/BaseFont /utf8signs")) {
		t.Errorf("the PDF lacks the font of signs, error %v", err)
	}
	if pages, err = Invoice(invoiceOf("INR", lineItem("Monitoring", "", 49900))); err != nil || bytes.Contains(pages, []byte("/BaseFont /utf8signs")) {
		t.Errorf("a PDF without signs has their font, error %v", err)
	}
}

func TestRenderingIsDeterministic(t *testing.T) {
	void := invoiceOf("EUR", rollUp(70), lineItem("Überwachung", "€ 監視", 100))
	void.State = invoice.Void
	note := invoice.CreditNoteDocument{CreditNote: invoice.CreditNote{
		ID: 3, InvoiceNumber: 42, Currency: "KWD", IssueDate: march.Start, Total: 5, Reason: "x", Items: []invoice.CreditNoteItem{{Position: 1, Description: "y", Amount: 5}},
	}, Parties: void.Parties}
	first, err := Invoice(void)
	if err != nil {
		t.Fatal(err)
	}
	firstNote, err := CreditNote(note)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := Invoice(void)
		if err != nil || !bytes.Equal(first, again) {
			t.Fatalf("the second print differs, error %v", err)
		}
		noteAgain, err := CreditNote(note)
		if err != nil || !bytes.Equal(firstNote, noteAgain) {
			t.Fatalf("the second print of the credit note differs, error %v", err)
		}
	}
	if !bytes.Contains(first, []byte("/Count 2")) || !bytes.Contains(first, []byte("/CreationDate (D:20260301000000")) {
		t.Error("the PDF does not hold 2 pages of the day of issue")
	}
}

func TestAnyTextCanBePrintedAndExported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		description, memo := rapid.String().Draw(t, "description"), rapid.String().Draw(t, "memo")
		document := invoiceOf("USD", lineItem(description, memo, rapid.Int64Range(-1<<40, 1<<40).Draw(t, "amount")))
		document.Seller.DisplayName, document.Parties.BillTo.DisplayName = rapid.String().Draw(t, "seller"), memo
		if _, err := Invoice(document); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		table, err := NewTable(&out, false)
		if err == nil {
			err = table.Add(document)
		}
		if err == nil {
			err = table.Flush()
		}
		if err != nil || !utf8.Valid(out.Bytes()) {
			t.Fatalf("table %q, error %v", out.Bytes(), err)
		}
		rows, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, error %v", len(rows), err)
		}
		// RFC 4180 has one kind of line break. Others are converted to it.
		breaks := strings.NewReplacer("\r\n", "\n", "\r", "")
		for column, want := range map[int]string{11: description, 18: memo} {
			got := rows[1][column]
			if strings.ContainsAny(got[:min(len(got), 1)], "=+-@\t\r\n") {
				t.Errorf("%q is a formula", got)
			}
			if breaks.Replace(strings.TrimPrefix(got, "'")) != breaks.Replace(strings.TrimPrefix(want, "'")) {
				t.Errorf("%q became %q", want, got)
			}
		}
	})
}

func TestInvoiceBelowZeroIsCreditMemo(t *testing.T) {
	refund := lineItem("Monitoring", "", -2995)
	refund.Credit = true
	memo := invoiceOf("USD", refund)
	draft := memo
	draft.State, draft.Number = invoice.Draft, 0
	for title, d := range map[string]invoice.Document{"Credit memo": memo, "Draft credit memo": draft, "Invoice": invoiceOf("USD", refund, lineItem("Fire", "", 2995))} {
		content, err := invoiceSheet(d)
		if err != nil || content.title != title {
			t.Errorf("it is called %q, error %v, want %q", content.title, err, title)
		}
	}
	content, err := invoiceSheet(memo)
	if err != nil || content.name != "Credit memo 42" || content.facts[0] != (fact{"Credit memo number", "42"}) {
		t.Errorf("it is named %q, %v, error %v", content.name, content.facts, err)
	}
}

func TestPaperIsChosenBySeller(t *testing.T) {
	for paper, box := range map[invoice.Paper]string{invoice.A4: "/MediaBox [0 0 595.28 841.89]", invoice.Letter: "/MediaBox [0 0 612.00 792.00]"} {
		d := invoiceOf("USD", lineItem("Monitoring", "", 1))
		d.Seller.Paper = paper
		pages, err := Invoice(d)
		if err != nil || !bytes.Contains(pages, []byte(box)) {
			t.Errorf("paper %q is not %s, error %v", paper, box, err)
		}
	}
}

// All that locales of the world write for the currencies of ISO 4217 prints, apart from two words in
// scripts that the fonts lack. Documents themselves write the codes.
func TestSignsOfISOCurrenciesPrint(t *testing.T) {
	canvas, err := newCanvas(papers[invoice.A4])
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range currency.GetCurrencyCodes() {
		if _, known := money.Currency(code).MinorDigits(); !known {
			t.Errorf("%s is not known", code)
		}
		for _, locale := range []string{
			"en", "de", "fr", "es", "es-MX", "pt-BR", "pl", "cs", "hu", "ro", "da", "sv", "tr", "uk", "ru", "bg", "sr", "el", "kk", "ka", "hy", "az", "uz", "mn",
			"he", "hi", "vi", "th", "ja", "ko", "zh", "km", "lo", "fil", "id", "ms", "sw", "ig", "yo", "ha", "es-CR", "es-PY", "en-GB", "en-IN", "en-NG", "en-GH",
		} {
			sign, known := currency.GetSymbol(code, currency.NewLocale(locale))
			if sign == "元" || sign == "ឡូទី" {
				continue
			}
			if known && strings.ContainsRune(canvas.printable(sign), missing) {
				t.Errorf("%s in %s: %q is printed as %q", code, locale, sign, canvas.printable(sign))
			}
		}
	}
}

// An item with days between its parts lists what is billed, below each other, and the next row keeps
// its distance.
func TestSpansOfItemArePrintedBelowEachOther(t *testing.T) {
	paused := lineItem("Monitoring", "", 2000)
	paused.Parts = []billing.Charge{
		{Line: 1, Span: billing.Span{Start: march.Start, End: date.MustNew(2026, time.March, 11)}, Period: march, Amount: 1000, Description: "Monitoring"},
		{Line: 1, Span: billing.Span{Start: date.MustNew(2026, time.March, 21), End: march.End}, Period: march, Amount: 1000, Description: "Monitoring"},
	}
	pages, laid := printed(t, invoiceOf("USD", paused))
	want := []string{
		"2026-03-01 – 2026-03-10", "2026-03-21 – 2026-03-31", "20.00", "Monitoring",
		"2026-03-01 – 2026-03-10", "10.00", "Monitoring", "2026-03-21 – 2026-03-31", "10.00", "Monitoring",
	}
	start := slices.Index(pages[0], "2026-03-01 – 2026-03-10")
	if diff := cmp.Diff(want, pages[0][start:start+len(want)]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	var heights []float64
	for _, text := range laid[0].texts {
		if strings.HasPrefix(text.text, "2026-03-") && strings.Contains(text.text, "–") {
			heights = append(heights, text.y)
		}
	}
	for i := 1; i < len(heights); i++ {
		if heights[i]-heights[i-1] < plain.leading()-0.001 {
			t.Errorf("spans touch: %v", heights)
		}
	}
}
