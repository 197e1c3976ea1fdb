package billing_test

import (
	"cmp"
	"fmt"
	"math"
	rand "math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

var cycleMonths = map[string]int{"M": 1, "Q": 3, "S": 6, "A": 12}

func cents(t testing.TB, text string) int64 {
	t.Helper()
	amount, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func money(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%02d", sign, amount/100, amount%100)
}

// table returns the rows of the documented table whose header begins with head. Columns are
// separated by two or more spaces.
func table(t *testing.T, head string) [][]string {
	t.Helper()
	source, err := os.ReadFile("billing.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(source), "\n//\t"+head)
	if !found {
		t.Fatalf("no table %q", head)
	}
	// Columns begin where those of the header do, so that an empty one keeps its place.
	first, rest, _ := strings.Cut(rest, "\n")
	columns := []int{0}
	for _, gap := range regexp.MustCompile(` {2,}`).FindAllStringIndex(head+first, -1) {
		columns = append(columns, gap[1])
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line, found := strings.CutPrefix(line, "//\t")
		if !found {
			return rows
		}
		row := make([]string, len(columns))
		for i, from := range columns {
			to := len(line)
			if i+1 < len(columns) {
				to = columns[i+1]
			}
			row[i] = strings.TrimSpace(line[min(from, len(line)):min(to, len(line))])
		}
		rows = append(rows, row)
	}
	return rows
}

func TestDocumentedRates(t *testing.T) {
	rows := table(t, "rates of a monthly line")
	if len(rows) != 4 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		line := billing.Billable{ID: 1, BillDay: 1, Months: 1, Start: parse(t, "2026-01-01"), Unbilled: parse(t, "2026-01-01")}
		for _, rate := range strings.Split(row[0], "; ") {
			from, amount, _ := strings.Cut(rate, " ")
			line.Rates = append(line.Rates, billing.Price{From: parse(t, from), Monthly: cents(t, amount)})
		}
		charges, _, err := line.Due(parse(t, row[1]))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, charge := range charges {
			got = append(got, charge.Span.Start.String()+" "+money(charge.Amount))
		}
		if diff := gocmp.Diff(strings.Split(row[2], ", "), got); diff != "" {
			t.Errorf("%s as of %s (-want +got):\n%s", row[0], row[1], diff)
		}
	}
}

func TestDocumentedInvoices(t *testing.T) {
	var due billing.Due
	for _, row := range table(t, "line  bill-to  item") {
		id, idErr := strconv.Atoi(row[0])
		billTo, billToErr := strconv.Atoi(row[1])
		if idErr != nil || billToErr != nil {
			t.Fatal(idErr, billToErr)
		}
		start := parse(t, row[5])
		due.Lines = append(due.Lines, billing.Billable{
			ID: int32(id), BillTo: int32(billTo), Currency: "USD", Item: row[2], MasterItem: row[3], Months: cycleMonths[row[4]], BillDay: 1,
			Start: start, Unbilled: start, Rates: []billing.Price{{From: start, Monthly: cents(t, row[6])}},
		})
	}
	for _, row := range table(t, "credit of line  bill-to") {
		line, lineErr := strconv.Atoi(row[0])
		billTo, billToErr := strconv.Atoi(row[1])
		if lineErr != nil || billToErr != nil {
			t.Fatal(lineErr, billToErr)
		}
		due.Credits = append(due.Credits, billing.Grant{
			Line: int32(line), BillTo: int32(billTo), Currency: "USD", Item: row[2],
			Span: billing.Span{Start: parse(t, row[3]), End: parse(t, row[4])}, Amount: cents(t, row[5]),
		})
	}
	invoices, problems := billing.Bill(due, parse(t, "2026-02-01"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	var got, totals [][]string
	for _, invoice := range invoices {
		totals = append(totals, []string{fmt.Sprint(invoice.BillTo), money(invoice.Total)})
		for _, item := range invoice.Items {
			parts := make([]string, len(item.Parts))
			for i, part := range item.Parts {
				parts[i] = fmt.Sprintf("line %d %s", part.Line, money(part.Amount))
			}
			got = append(got, []string{fmt.Sprint(invoice.BillTo), item.Code, item.Period.Start.String(), money(item.Amount), strings.Join(parts, ", ")})
		}
	}
	if diff := gocmp.Diff(table(t, "bill-to  item      period"), got); diff != "" {
		t.Errorf("items (-documented +got):\n%s", diff)
	}
	if diff := gocmp.Diff(table(t, "bill-to  total"), totals); diff != "" {
		t.Errorf("totals (-documented +got):\n%s", diff)
	}
}

func flat(id, billTo int32, start string, monthly int64) billing.Billable {
	from, err := date.Parse(start)
	if err != nil {
		panic(err)
	}
	return billing.Billable{
		ID: id, BillTo: billTo, Currency: "USD", Item: "RMR-MON", Months: 1, BillDay: from.Day(), Start: from, Unbilled: from,
		Rates: []billing.Price{{From: from, Monthly: monthly}},
	}
}

func TestRateInBilledDaysCountsFromFirstUnbilledDay(t *testing.T) {
	line := flat(1, 1, "2026-01-01", 3100)
	line.Unbilled = parse(t, "2026-02-01")
	line.Rates = append(line.Rates, billing.Price{From: parse(t, "2026-01-11"), Monthly: 6200})
	charges, _, err := line.Due(parse(t, "2026-02-01"))
	if err != nil || len(charges) != 1 || charges[0].Amount != 6200 {
		t.Errorf("charges %v, error %v", charges, err)
	}
}

func TestThousandLinesOfMasterAreOneInvoice(t *testing.T) {
	var due billing.Due
	for id := range int32(1000) {
		line := flat(id+1, 8, "2026-01-01", 1001)
		line.MasterItem = "RMR-BASE"
		due.Lines = append(due.Lines, line)
	}
	due.Descriptions = map[string]string{"RMR-BASE": "Security package"}
	invoices, problems := billing.Bill(due, parse(t, "2026-01-01"))
	if len(problems) > 0 || len(invoices) != 1 || len(invoices[0].Items) != 1 {
		t.Fatalf("%d invoices, problems %v", len(invoices), problems)
	}
	item := invoices[0].Items[0]
	if len(item.Parts) != 1000 || item.Amount != 1_001_000 || item.Description != "Security package" || !item.RollUp {
		t.Errorf("an item of %d parts, %s, %q", len(item.Parts), money(item.Amount), item.Description)
	}
}

func TestCurrenciesHaveSeparateInvoices(t *testing.T) {
	euro := flat(2, 1, "2026-01-01", 500)
	euro.Currency = "EUR"
	invoices, _ := billing.Bill(billing.Due{Lines: []billing.Billable{flat(1, 1, "2026-01-01", 100), euro, flat(3, 1, "2026-01-01", 10)}}, parse(t, "2026-01-01"))
	if len(invoices) != 2 || invoices[0].Currency != "EUR" || invoices[0].Total != 500 || invoices[1].Total != 110 {
		t.Errorf("%+v", invoices)
	}
}

func TestCreditsGoToInvoiceOfBillToAndCurrency(t *testing.T) {
	span := billing.Span{Start: parse(t, "2026-01-11"), End: parse(t, "2026-02-01")}
	credit := func(line, billTo int32, currency string) billing.Grant {
		return billing.Grant{Line: line, Span: span, BillTo: billTo, Currency: currency, Amount: 70, Item: "RMR-MON", Description: "Cancelled"}
	}
	invoices, problems := billing.Bill(billing.Due{
		// Bill-to 3 has no charge due yet.
		Lines: []billing.Billable{flat(1, 1, "2026-01-01", 100), flat(3, 3, "2026-06-01", 100)},
		Credits: []billing.Grant{
			credit(9, 3, "USD"), credit(10, 2, "USD"), credit(8, 1, "EUR"), credit(9, 1, "USD"), credit(8, 3, "USD"), credit(7, 0, "USD"),
		},
	}, parse(t, "2026-01-01"))
	var got []string
	for _, invoice := range invoices {
		text := fmt.Sprintf("%d %s %s:", invoice.BillTo, invoice.Currency, money(invoice.Total))
		for _, item := range invoice.Items {
			text += fmt.Sprintf(" line %d %s", item.Parts[0].Line, money(item.Amount))
			if item.Credit != (item.Amount < 0) || item.Credit && (item.Period != span || item.Months != 0) {
				t.Errorf("%+v", item)
			}
		}
		got = append(got, text)
	}
	want := []string{
		"0 USD -0.70: line 7 -0.70", "1 EUR -0.70: line 8 -0.70", "1 USD 0.30: line 1 1.00 line 9 -0.70", "2 USD -0.70: line 10 -0.70",
		"3 USD -1.40: line 8 -0.70 line 9 -0.70",
	}
	if diff := gocmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("problems %v, invoices (-want +got):\n%s", problems, diff)
	}
}

func TestUnbillableLineBlocksOnlyItsBillTo(t *testing.T) {
	without := flat(2, 1, "2026-01-01", 100)
	without.Rates = nil
	huge := flat(4, 3, "2026-01-01", math.MaxInt64)
	huge.Months = 12
	invoices, problems := billing.Bill(billing.Due{Lines: []billing.Billable{
		flat(1, 1, "2026-01-01", 100), without, flat(3, 2, "2026-01-01", 100), huge,
		flat(5, 4, "2026-01-01", math.MaxInt64), flat(6, 4, "2026-01-01", math.MaxInt64),
	}, Credits: []billing.Grant{{Line: 7, BillTo: 1, Currency: "USD", Amount: 70}}}, parse(t, "2026-01-01"))
	if len(invoices) != 1 || invoices[0].BillTo != 2 {
		t.Errorf("invoices %+v", invoices)
	}
	if len(problems) != 3 || problems[0].BillTo != 1 || problems[1].BillTo != 3 || problems[2].BillTo != 4 {
		t.Errorf("problems %v", problems)
	}
}

// drawLine draws a line of the years 2020 to 2024 with rates inside its life.
func drawLine(t *rapid.T, id int32) billing.Billable {
	start := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1000).Draw(t, "start"))
	line := billing.Billable{
		ID: id, BillTo: rapid.Int32Range(1, 3).Draw(t, "bill-to"), Currency: rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "currency"),
		Item: "ITEM", MasterItem: rapid.SampledFrom([]string{"", "N/A", "BASE", "OTHER"}).Draw(t, "master item"),
		Start: start, Unbilled: start, BillDay: rapid.IntRange(1, 31).Draw(t, "bill day"),
		Months: rapid.SampledFrom([]int{1, 3, 6, 12}).Draw(t, "months"),
	}
	line.Anchor = drawAnchor(t, start, line.BillDay)
	if rapid.Bool().Draw(t, "ends") {
		line.End = start.AddDays(rapid.IntRange(1, 1000).Draw(t, "days"))
	}
	for from := start; len(line.Rates) < rapid.IntRange(1, 4).Draw(t, "rates"); from = from.AddDays(rapid.IntRange(1, 200).Draw(t, "until the next rate")) {
		line.Rates = append(line.Rates, billing.Price{From: from, Monthly: rapid.Int64Range(-100_000, 100_000).Draw(t, "monthly")})
	}
	return line
}

func drawLines(t *rapid.T) []billing.Billable {
	lines := make([]billing.Billable, rapid.IntRange(1, 8).Draw(t, "lines"))
	for i := range lines {
		lines[i] = drawLine(t, int32(i+1))
	}
	return lines
}

// drawCredits draws credits, each of a separate line. Their accounts may have no other line.
func drawCredits(t *rapid.T) []billing.Grant {
	credits := make([]billing.Grant, rapid.IntRange(0, 6).Draw(t, "credits"))
	for i := range credits {
		from := date.MustNew(2020, 1, 1).AddDays(rapid.IntRange(0, 1000).Draw(t, "credited from"))
		credits[i] = billing.Grant{
			Line: int32(101 + i), BillTo: rapid.Int32Range(0, 4).Draw(t, "credited bill-to"),
			Currency: rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "credited currency"), Item: "ITEM",
			Span: billing.Span{Start: from, End: from.AddDays(rapid.IntRange(1, 100).Draw(t, "credited days"))}, Amount: rapid.Int64Range(1, 100_000).Draw(t, "credited"),
		}
	}
	return credits
}

func TestEveryCreditIsBilledOnceToItsAccount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, credits, asOf := drawLines(t), drawCredits(t), date.MustNew(2024, 6, 1)
		bill := func(lines []billing.Billable, credits []billing.Grant) []billing.Statement {
			invoices, problems := billing.Bill(billing.Due{Lines: slices.Clone(lines), Credits: slices.Clone(credits)}, asOf)
			if len(problems) > 0 {
				t.Fatalf("problems %v", problems)
			}
			return invoices
		}
		type account struct {
			billTo   int32
			currency string
		}
		totals := map[account]int64{}
		for _, invoice := range mustBill(t, lines, asOf) {
			totals[account{invoice.BillTo, invoice.Currency}] = invoice.Total
		}
		for _, credit := range credits {
			totals[account{credit.BillTo, credit.Currency}] -= credit.Amount
		}
		invoices := bill(lines, credits)
		given := map[int32]int64{}
		for _, invoice := range invoices {
			of := account{invoice.BillTo, invoice.Currency}
			if total, known := totals[of]; !known || total != invoice.Total {
				t.Fatalf("%v has an invoice of %d, want %d", of, invoice.Total, total)
			}
			delete(totals, of)
			for i, item := range invoice.Items {
				if item.Credit {
					given[item.Parts[0].Line] -= item.Amount
				} else if i > 0 && invoice.Items[i-1].Credit {
					t.Fatalf("a charge stands behind a credit: %+v", invoice.Items)
				}
			}
		}
		if len(totals) > 0 {
			t.Fatalf("no invoice of %v", totals)
		}
		for _, credit := range credits {
			if given[credit.Line] != credit.Amount {
				t.Fatalf("credit %+v is given as %d", credit, given[credit.Line])
			}
		}
		shuffled := bill(rapid.Permutation(lines).Draw(t, "shuffled lines"), rapid.Permutation(credits).Draw(t, "shuffled credits"))
		if diff := gocmp.Diff(invoices, shuffled, gocmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
			t.Fatalf("(-in order +shuffled):\n%s", diff)
		}
	})
}

func mustBill(t *rapid.T, lines []billing.Billable, asOf date.Date) []billing.Statement {
	invoices, problems := billing.Bill(billing.Due{Lines: slices.Clone(lines)}, asOf)
	if len(problems) > 0 {
		t.Fatalf("problems %v", problems)
	}
	return invoices
}

// advance moves the lines on to their first unbilled day after the invoices.
func advance(lines []billing.Billable, invoices []billing.Statement) {
	for _, invoice := range invoices {
		for _, billed := range invoice.Lines {
			i := slices.IndexFunc(lines, func(l billing.Billable) bool { return l.ID == billed.Line })
			lines[i].Unbilled = billed.Next()
		}
	}
}

func TestBillIgnoresOrderOfLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, asOf := drawLines(t), date.MustNew(2024, 6, 1)
		shuffled := rapid.Permutation(lines).Draw(t, "shuffled")
		if diff := gocmp.Diff(mustBill(t, lines, asOf), mustBill(t, shuffled, asOf), gocmp.Comparer(func(a, b date.Date) bool { return a == b })); diff != "" {
			t.Fatalf("(-in order +shuffled):\n%s", diff)
		}
	})
}

func charged(invoices []billing.Statement) (all []billing.Charge) {
	for _, invoice := range invoices {
		for _, item := range invoice.Items {
			all = append(all, item.Parts...)
		}
	}
	slices.SortFunc(all, func(a, b billing.Charge) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), a.Span.Start.Compare(b.Span.Start))
	})
	return all
}

func TestRepeatedRunsChargeNothingTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines, end := drawLines(t), date.MustNew(2024, 6, 1)
		atOnce := charged(mustBill(t, lines, end))
		var inSteps []billing.Statement
		for asOf := date.MustNew(2020, 1, 1); ; asOf = asOf.AddDays(rapid.IntRange(1, 500).Draw(t, "days to the next run")) {
			if end.Before(asOf) {
				asOf = end
			}
			made := mustBill(t, lines, asOf)
			inSteps = append(inSteps, made...)
			advance(lines, made)
			if again := mustBill(t, lines, asOf); len(again) != 0 {
				t.Fatalf("run again it makes %v", again)
			}
			if asOf == end {
				break
			}
		}
		if got := charged(inSteps); !slices.Equal(atOnce, got) {
			t.Fatalf("at once %v\nin steps %v", atOnce, got)
		}
	})
}

func TestInvoicesChargeEveryDayOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := drawLines(t)
		for _, invoice := range mustBill(t, lines, date.MustNew(2024, 6, 1)) {
			total := int64(0)
			for _, item := range invoice.Items {
				sum := int64(0)
				for _, part := range item.Parts {
					sum += part.Amount
				}
				if sum != item.Amount {
					t.Fatalf("an item of %d has parts of %d", item.Amount, sum)
				}
				total += item.Amount
			}
			if total != invoice.Total {
				t.Fatalf("an invoice of %d has items of %d", invoice.Total, total)
			}
			for _, billed := range invoice.Lines {
				day := lines[billed.Line-1].Start
				for _, charge := range charged([]billing.Statement{invoice}) {
					if charge.Line != billed.Line {
						continue
					}
					if charge.Span.Start != day || charge.Span.Days() < 1 {
						t.Fatalf("line %d is charged for %s after %s", billed.Line, charge.Span, day)
					}
					day = charge.Span.End
				}
				if day != billed.Next() {
					t.Fatalf("line %d is charged until %s, its next day is %s", billed.Line, day, billed.Next())
				}
			}
		}
	})
}

func TestMillionRandomLinesSumExactly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	months := []int{1, 3, 6, 12}
	first, asOf := date.MustNew(2025, 1, 1), date.MustNew(2025, 12, 31)
	want, got := int64(0), int64(0)
	const batch = 10_000
	for n := 0; n < 1_000_000; n += batch {
		lines := make([]billing.Billable, batch)
		for i := range lines {
			start := first.AddDays(random.IntN(365))
			cycle := months[random.IntN(4)]
			// Whole cycles cost whole cycle amounts, even if cut by rates that change nothing.
			cycles := 1 + random.IntN(12/cycle)
			line := billing.Billable{
				ID: int32(n + i + 1), BillTo: int32(random.IntN(batch / 5)), Currency: "USD", MasterItem: []string{"", "BASE"}[random.IntN(2)],
				Start: start, Unbilled: start, BillDay: start.Day(), Months: cycle, End: start.AddMonthsOnDay(cycle*cycles, start.Day()),
			}
			monthly := random.Int64N(10_000_000)
			line.Rates = []billing.Price{{From: start, Monthly: monthly}, {From: start.AddDays(1 + random.IntN(27)), Monthly: monthly}}
			lines[i] = line
			for k := 0; k < cycles && !asOf.Before(start.AddMonthsOnDay(k*cycle, start.Day())); k++ {
				want += monthly * int64(cycle)
			}
		}
		invoices, problems := billing.Bill(billing.Due{Lines: lines}, asOf)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, invoice := range invoices {
			got += invoice.Total
		}
	}
	if got != want {
		t.Errorf("a million lines cost %s, want %s", money(got), money(want))
	}
}
