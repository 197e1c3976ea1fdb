package transfer_test

import (
	"testing"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
)

// BenchmarkImportRecurringLines measures an import of recurring lines from reading the file to
// durable rows and feed entries. Client, service and PostgreSQL share the machine. The resources
// that the lines refer to already exist.
func BenchmarkImportRecurringLines(b *testing.B) {
	for _, engine := range engines {
		b.Run(string(engine), func(b *testing.B) {
			const lines = 100_000
			to := target(b, startService(b, emptyStore(b, engine, transfer.RecurringBilling), false).address)
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
			b.ReportMetric(lines*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
