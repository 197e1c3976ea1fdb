package run_test

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
)

// BenchmarkRunPerLine measures what a line costs in a run as the number of lines grows, and the most memory that the run
// needs. CONTINUO_BENCH_SIZES names other numbers of lines and CONTINUO_BENCH_ENGINES other engines; this needs half an hour
// and 25 GB of disk in TMPDIR:
//
//	CONTINUO_BENCH_SIZES=100000,1000000,10000000 CONTINUO_BENCH_ENGINES=sqlite go test ./internal/run -run '^$' -bench RunPerLine -benchtime 1x -timeout 2h
//
// On SQLite the processor time and the memory are those of the whole run; PostgreSQL needs its own besides.
func BenchmarkRunPerLine(b *testing.B) {
	for _, engine := range strings.Split(setting("CONTINUO_BENCH_ENGINES", "postgres,sqlite"), ",") {
		for _, size := range strings.Split(setting("CONTINUO_BENCH_SIZES", "20000,100000"), ",") {
			lines, err := strconv.Atoi(size)
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprint(engine, "/", size), func(b *testing.B) { benchmarkGrowth(b, database.Engine(engine), lines) })
		}
	}
}

func benchmarkGrowth(b *testing.B, engine database.Engine, lines int) {
	w := billingtest.NewBench(b, engine, lines)
	runs := w.Batching(w.Store, run.LinesPerBatch)
	asOf := "2026-02-01"
	var processor time.Duration
	resetPeak(b)
	heap := billingtest.Peak()
	for b.Loop() {
		asOf = billingtest.Day(asOf).AddMonthsClamped(1).String()
		began := processorTime(b)
		current, err := runs.Create(billingtest.As, billingtest.Day(asOf), run.Filter{}, false)
		if err != nil {
			b.Fatal(err)
		}
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() {
				for worked, err := true, error(nil); worked; {
					if worked, err = runs.Work(context.Background()); err != nil {
						b.Error(err)
					}
				}
			})
		}
		group.Wait()
		w.Finish(runs)
		processor += processorTime(b) - began
		if current = w.Get(current.ID); current.State != run.Succeeded || current.Periods != int64(lines) {
			b.Fatalf("%+v", current)
		}
	}
	each := float64(b.N) * float64(lines)
	b.ReportMetric(b.Elapsed().Seconds()*1e6/each, "us/line")
	b.ReportMetric(processor.Seconds()*1e6/each, "cpu-us/line")
	b.ReportMetric(heap(), "heap-MB")
	b.ReportMetric(peak(b), "peak-MB")
	b.ReportMetric(0, "ns/op") // one operation is the whole run
}

// setting returns an environment variable, or the default.
func setting(name, byDefault string) string {
	if text := os.Getenv(name); text != "" {
		return text
	}
	return byDefault
}

// processorTime returns the processor time that this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// resetPeak has Linux measure the peak of resident memory anew.
func resetPeak(b *testing.B) {
	b.Helper()
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o600); err != nil {
		b.Log("the peak of memory includes the preparation:", err)
	}
}

// peak returns the peak of resident memory in megabytes, or 0 where the system does not tell it.
func peak(b *testing.B) float64 {
	b.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmHWM:" {
			kilobytes, err := strconv.Atoi(fields[1])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kilobytes) / 1024
		}
	}
	return 0
}
