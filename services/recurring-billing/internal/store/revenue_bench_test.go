package store_test

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// BenchmarkRevenue counts lines as an import leaves them in the feed, and answers for a year by
// item; REVENUE_LINES is how many, 10,000 by default.
func BenchmarkRevenue(b *testing.B) {
	lines := 10_000
	if text := os.Getenv("REVENUE_LINES"); text != "" {
		var err error
		if lines, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			l := newLedger(databasetest.Open(b, databasetest.Migrated(b, engine, store.Migrations()), store.Migrations()))
			random := rand.New(rand.NewPCG(1, 1))
			const chunk = 10_000
			for first := 1; first <= lines; first += chunk {
				some := make([]line.Line, min(chunk, lines+1-first))
				for i := range some {
					some[i] = fullLine(random, line.ID(first+i))
				}
				l.record(b, owner, some...)
			}
			b.Run(fmt.Sprintf("count=%d", lines), func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					l.forget(b)
					b.StartTimer()
					l.count(b, l.worker())
				}
				b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
			})
			l.count(b, l.worker())
			for name, grouping := range map[string]revenue.Grouping{"total": revenue.ByNothing, "item": revenue.ByItem, "master": revenue.ByMasterAccount, "both": revenue.ByBoth} {
				b.Run("answer="+name, func(b *testing.B) {
					months := 0
					for b.Loop() {
						months = len(l.page(b, grouping))
					}
					b.ReportMetric(float64(months), "months")
				})
			}
		})
	}
}

// page returns the first page, as large as pages are, of five years.
func (l *ledger) page(b testing.TB, grouping revenue.Grouping) []revenue.Row {
	query := revenue.Query{Tenant: owner, Grouping: grouping, From: revenue.MonthOf(date.MustNew(2022, time.January, 1)), To: revenue.MonthOf(date.MustNew(2026, time.December, 1)), Limit: 1000}
	var rows []revenue.Row
	err := l.Report(b.Context(), query, func(_ revenue.Progress, _ bool, counted iter.Seq2[revenue.Counted, error]) error {
		for row, err := range revenue.Rows(counted, query.From, query.To, query.After) {
			if err != nil || len(rows) == query.Limit {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return rows
}

// fullLine returns a line of a business with 100 items and 1,000 master accounts that began 5 years
// ago.
func fullLine(random *rand.Rand, id line.ID) line.Line {
	l := lineOf(id, catalogue.ItemCode(fmt.Sprintf("ITEM-%d", random.IntN(100))), date.MustNew(2021, time.December, 1).AddDays(random.IntN(1800)), "29.95")
	l.Customer, l.BillTo, l.BillCycle, l.BillDay = catalogue.CustomerID(id), catalogue.BillToID(id), line.Monthly, l.Start.Day()
	l.Description, l.Memo, l.NextCycle = "Alarm monitoring", "as agreed", l.Start
	l.Revision = mutation.Revision{Version: 1, Created: l.Start.Time(), Updated: l.Start.Time()}
	if random.IntN(10) == 0 {
		l.MasterAccount = catalogue.MasterAccountCode(fmt.Sprintf("MASTER-%d", random.IntN(1000)))
	}
	if random.IntN(5) == 0 {
		l.End = l.Start.AddDays(random.IntN(1000))
	}
	if random.IntN(3) == 0 {
		rate := l.Rates[0]
		rate.Effective = l.Start.AddDays(365)
		rate.MonthlyAmount.Value = decimal.MustParse("31.95")
		l.Rates = append(l.Rates, rate)
	}
	return l
}
