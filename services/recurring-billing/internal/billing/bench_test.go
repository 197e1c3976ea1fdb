package billing_test

import (
	"slices"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billing"
)

const benchBillTos, benchLines = 1000, 5000

// wholeMonths returns monthly lines with one whole period due, ordered by number as the store reads
// them, so that those of a bill-to are far apart.
func wholeMonths() billing.Due {
	lines := make([]billing.Billable, benchLines)
	for i := range lines {
		lines[i] = flat(int32(i+1), int32(i%benchBillTos), "2026-01-01", 2995)
		lines[i].Item, lines[i].Description = "RMR-MON", "Monitoring"
		lines[i].MasterItem = []string{"", "BASE"}[i/benchBillTos%2]
	}
	return billing.Due{Lines: lines}
}

// changedLines returns lines that were paused and whose rates changed in the quarter that is due, and
// a credit of every third.
func changedLines() billing.Due {
	due := wholeMonths()
	paused := billing.Span{Start: date.MustNew(2026, 1, 10), End: date.MustNew(2026, 1, 20)}
	for i := range due.Lines {
		line := &due.Lines[i]
		line.Months = []int{1, 3}[i%2]
		line.Paused = []billing.Span{paused}
		line.Rates = append(line.Rates, billing.Price{From: date.MustNew(2026, 2, 11), Monthly: 3195})
		if i%3 == 0 {
			due.Credits = append(due.Credits, billing.Grant{
				Line: line.ID, Number: 1, Span: paused, BillTo: line.BillTo, Currency: line.Currency, Amount: 966, Item: line.Item,
			})
		}
	}
	return due
}

func BenchmarkBill(b *testing.B) {
	for _, c := range []struct {
		name string
		due  billing.Due
		asOf date.Date
	}{
		{"whole months", wholeMonths(), date.MustNew(2026, 1, 1)},
		{"changed lines", changedLines(), date.MustNew(2026, 3, 1)},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			lines, credits := slices.Clone(c.due.Lines), slices.Clone(c.due.Credits)
			for b.Loop() {
				copy(lines, c.due.Lines)
				copy(credits, c.due.Credits)
				if _, problems := billing.Bill(billing.Due{Lines: lines, Credits: credits}, c.asOf); len(problems) > 0 {
					b.Fatal(problems)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchLines, "ns/line")
		})
	}
}
