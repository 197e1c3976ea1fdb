package store_test

import (
	"context"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// dueBy returns the query for the first page of the lines that are due on a day, as ListRecurringLines makes it
// of `open = true AND next_cycle_date <= "day"`.
func dueBy(day string) listing.Query {
	return listing.Query{
		Where: listing.All(listing.Is("open", true), listing.Compare{Field: "next_cycle_date", Op: listing.LessEqual, Value: day}),
		Order: []listing.Order{{Field: "next_cycle_date"}, {Field: "name"}}, Limit: 51,
	}
}

// BenchmarkDue lists what is due among many lines: one per cent of them, nothing, and everything. The
// published figures are for CONTINUO_BENCH_LINES=1000000.
func BenchmarkDue(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			lines := billingtest.BenchLines(b)
			w := billingtest.NewBench(b, engine, lines)
			w.Exec(`UPDATE line_cycles SET next_cycle_date = '2026-04-01' WHERE id % 100 <> 0`)
			w.Exec(`ANALYZE`)
			reader := store.New[line.Reader, line.Writer](w.DB, api.Message)
			later, byName := dueBy("2026-03-01"), dueBy("2026-03-01")
			later.After = listing.Cursor{"2026-03-01", int64(lines / 2)}
			byName.Order = []listing.Order{{Field: "name"}}
			for name, query := range map[string]listing.Query{
				"first page": dueBy("2026-03-01"), "a later page": later, "by name": byName, "nothing": dueBy("2026-02-28"), "everything": dueBy("2026-04-01"),
			} {
				b.Run(name, func(b *testing.B) {
					found := 0
					for b.Loop() {
						if err := reader.Read(context.Background(), "t", func(ctx context.Context, r line.Reader) error {
							page, err := r.Lines(ctx, query)
							found = len(page)
							return err
						}); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64(found), "lines")
				})
			}
		})
	}
}
