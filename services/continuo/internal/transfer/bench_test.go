package transfer_test

import (
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// BenchmarkImportRecurringLines measures an import of recurring lines from reading the file to
// durable rows and feed entries, and the ratio of its rows a second to those of a bare COPY of all that it writes.
// Client, service and PostgreSQL share the machine. The resources that the lines refer to already exist.
func BenchmarkImportRecurringLines(b *testing.B) {
	for _, engine := range engines {
		b.Run(string(engine), func(b *testing.B) {
			const lines = 100_000
			url := emptyStore(b, engine, transfer.RecurringBilling)
			to := target(b, startService(b, url, false).address)
			if _, err := run(b, configure(b, write(b, catalogue()...), to)); err != nil {
				b.Fatal(err)
			}
			from := 1
			for b.Loop() {
				b.StopTimer()
				config := configure(b, write(b, recurringLines(from, lines)...), to)
				from += lines
				b.StartTimer()
				if progress, err := run(b, config); err != nil || progress.Created != lines {
					b.Fatalf("import: got %+v, error %v", progress, err)
				}
			}
			took := b.Elapsed()
			b.ReportMetric(lines*float64(b.N)/took.Seconds(), "rows/s")
			b.ReportMetric(copyTime(b, url).Seconds()/took.Seconds(), "of-COPY")
		})
	}
}

// copyTime returns how long a bare COPY takes for the rows that imports of recurring lines have written to a store.
func copyTime(b *testing.B, url string) time.Duration {
	b.Helper()
	return databasetest.CopyTime(b, databasetest.Open(b, url, migrations[transfer.RecurringBilling]), migrations[transfer.RecurringBilling],
		databasetest.Written{Table: "items"}, databasetest.Written{Table: "bill_tos"}, databasetest.Written{Table: "master_accounts"}, // few
		databasetest.Written{Table: "recurring_lines"}, databasetest.Written{Table: "line_cycles"}, databasetest.Written{Table: "line_rates"},
		databasetest.Written{Table: "change_feed", Columns: "tenant at actor resource resource_type kind state"})
}
