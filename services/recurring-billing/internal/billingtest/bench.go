package billingtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/catalogue"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// BenchLines returns the number of lines that the benchmarks bill, five for each bill-to. It is
// small by default. The published figures are for a million lines, which takes two minutes on two
// cores:
//
//	CONTINUO_BENCH_LINES=1000000 go test ./internal/run -run '^$' -bench Run -benchtime 1x
func BenchLines(b *testing.B) int {
	text := os.Getenv("CONTINUO_BENCH_LINES")
	if text == "" {
		return 20_000
	}
	lines, err := strconv.Atoi(text)
	if err != nil {
		b.Fatal(err)
	}
	return lines
}

// LinesPerBillTo is the number of lines of each bill-to of NewBench.
const LinesPerBillTo = 5

// NewBench returns a fixture with monthly lines that begin on 1 March. For each bill-to, three roll
// up and two stand alone.
func NewBench(b *testing.B, engine database.Engine, lines int) *Fixture {
	b.Helper()
	return newBench(b, engine, lines, false)
}

// NewMixedBench returns a fixture like that of NewBench, in which one line of twenty is paused in the
// second half of each month of 2026, and another is a discount.
func NewMixedBench(b *testing.B, engine database.Engine, lines int) *Fixture {
	b.Helper()
	return newBench(b, engine, lines, true)
}

// pausedMonths holds pauses in the second half of each month of 2026, as the text of their column.
func pausedMonths() string {
	var pauses []string
	for month := 1; month <= 12; month++ {
		pauses = append(pauses, fmt.Sprintf("2026-%02d-15 2026-%02d-25 - AWAY", month, month))
	}
	return strings.Join(pauses, "\n")
}

func newBench(b *testing.B, engine database.Engine, lines int, mixed bool) *Fixture {
	b.Helper()
	url := databasetest.Migrated(b, engine, store.Migrations())
	db := databasetest.Open(b, url, store.Migrations())
	w := New(b, db)
	w.Runs = w.Batching(w.Store, run.LinesPerBatch)
	if err := w.Books.LoadIntoEmpty(As, books.Set{Items: []catalogue.Item{{Code: "RMR-MON", Description: "Alarm monitoring"}, {Code: "RMR-BASE", Description: "Security package"}}}); err != nil {
		b.Fatal(err)
	}
	insert := func(table, columns string, rows int, row func(n int) []any) {
		const chunk = 20_000
		for from := 0; from < rows; from += chunk {
			all := make([][]any, 0, chunk)
			for n := from; n < min(rows, from+chunk); n++ {
				all = append(all, row(n))
			}
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, table, strings.Fields(columns), all)
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	insert("bill_tos", "tenant id customer_id display_name version created updated", lines/LinesPerBillTo, func(n int) []any {
		return []any{"t", int64(n + 1), int64(n + 1), fmt.Sprint("Customer ", n+1), int64(1), int64(0), int64(0)}
	})
	insert("recurring_lines", `tenant id customer_id site_id system_id bill_to_id item_code master_item_code bill_cycle description memo
		currency start_date bill_day created`, lines, func(n int) []any {
		billTo := int64(n/LinesPerBillTo + 1)
		var master any = "RMR-BASE"
		if n%LinesPerBillTo >= 3 {
			master = nil
		}
		return []any{"t", int64(n + 1), billTo, billTo, int64(n + 1), billTo, "RMR-MON", master, "M", "Monitoring of the alarm system", "", "USD", "2026-03-01", int64(1), int64(0)}
	})
	if mixed {
		w.Exec(fmt.Sprintf(`UPDATE recurring_lines SET pauses = '%s' WHERE id %% 20 = 7`, pausedMonths()))
	}
	insert("line_rates", "tenant line_id number effective_date monthly_amount reason_code", lines, func(n int) []any {
		amount := fmt.Sprintf("%d.%02d", 10+n%90, n%100)
		if mixed && n%20 == 11 {
			amount = "-1.50"
		}
		return []any{"t", int64(n + 1), int64(0), "2026-03-01", amount, ""}
	})
	insert("line_cycles", "tenant id next_cycle_date version updated", lines, func(n int) []any {
		return []any{"t", int64(n + 1), "2026-03-01", int64(1), int64(0)}
	})
	settleBench(b, w, url)
	return w
}

// settleBench does what PostgreSQL does by itself in the minutes after an import, and has SQLite collect statistics.
func settleBench(b *testing.B, w *Fixture, url string) {
	b.Helper()
	if w.DB.Engine() == database.SQLite {
		w.Exec("ANALYZE")
		return
	}
	vacuum := exec.Command(databasetest.Program(b, "vacuumdb"), "--analyze", "--quiet", "--dbname", url)
	if out, err := vacuum.CombinedOutput(); err != nil {
		b.Fatalf("vacuumdb: %v: %s", err, out)
	}
}

// Peak samples the heap until stop is called, which returns the peak in megabytes.
func Peak() (stop func() float64) {
	done, result := make(chan struct{}), make(chan float64)
	go func() {
		peak := uint64(0)
		for {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapInuse)
			select {
			case <-done:
				result <- float64(peak) / (1 << 20)
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(done); return <-result }
}
