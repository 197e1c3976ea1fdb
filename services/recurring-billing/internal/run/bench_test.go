package run_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	_ "github.com/continuo-billing/continuo/services/platform/process" // a program collects garbage as late as this makes it
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/billingtest"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/run"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// measured adds up the time that batches take, and the part of it spent outside the store.
type measured struct {
	*store.Runs
	total, outside atomic.Int64
}

func (m *measured) DoBatch(ctx context.Context, at time.Time, hold bool, prepare billingtest.Prepare, write billingtest.Write) (bool, error) {
	started, inside, stepped := time.Now(), time.Duration(0), time.Time{}
	timed := billingtest.Watch{
		Before: func(string) error { stepped = time.Now(); return nil },
		After:  func(_ string, err error) error { inside += time.Since(stepped); return err },
	}
	outside := func(do func() error) error {
		began, before := time.Now(), inside
		err := do()
		m.outside.Add(int64(time.Since(began) - (inside - before)))
		return err
	}
	defer func() { m.total.Add(int64(time.Since(started))) }()
	return m.Runs.DoBatch(ctx, at, hold, func(ctx context.Context, r run.BatchReader, current run.Run, batch run.Batch) error {
		return outside(func() error {
			return prepare(ctx, &billingtest.WatchedReader{BatchReader: r, Watch: timed}, current, batch)
		})
	}, func(ctx context.Context, w run.BatchWriter) error {
		return outside(func() error { return write(ctx, &billingtest.WatchedWriter{BatchWriter: w, Watch: timed}) })
	})
}

// BenchmarkRun measures a run over monthly lines, all due. It reports invoices per second, the
// share of the batches' time spent in the store, the ratio to a bare COPY of the rows it writes,
// and the peak heap. A first run is not counted.
func BenchmarkRun(b *testing.B) { benchmarkRun(b, billingtest.NewBench, 0) }

// BenchmarkRunOfPausedLines is BenchmarkRun with one line of twenty paused in each month, which bills
// two pieces of it, and another a discount.
func BenchmarkRunOfPausedLines(b *testing.B) { benchmarkRun(b, billingtest.NewMixedBench, 20) }

// benchmarkRun measures a run. One line of pausedOf is billed in two pieces, or none if that is 0.
func benchmarkRun(b *testing.B, fixture func(*testing.B, database.Engine, int) *billingtest.Fixture, pausedOf int) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			lines := billingtest.BenchLines(b)
			periods := int64(lines)
			if pausedOf > 0 {
				periods += int64(lines / pausedOf)
			}
			w := fixture(b, engine, lines)
			m := &measured{Runs: w.Store}
			runs := w.Batching(m, run.LinesPerBatch)
			asOf := "2026-02-01"
			var took, planned time.Duration
			invoices := int64(0)
			bill := func() {
				asOf = billingtest.Day(asOf).AddMonthsClamped(1).String()
				current, err := runs.Create(billingtest.As, billingtest.Day(asOf), run.Filter{}, false)
				if err != nil {
					b.Fatal(err)
				}
				started := time.Now()
				// One worker plans the run; the others wait for it.
				if _, err := runs.Work(context.Background()); err != nil {
					b.Fatal(err)
				}
				planned += time.Since(started)
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
				took += time.Since(started)
				if current = w.Get(current.ID); current.State != run.Succeeded || current.Invoices != int64(lines/billingtest.LinesPerBillTo) || current.Periods != periods {
					b.Fatalf("%+v", current)
				}
				invoices += current.Invoices
			}
			bill() // opens connections and prepares statements, which a service keeps
			took, planned, invoices = 0, 0, 0
			m.total.Store(0)
			m.outside.Store(0)
			runtime.GC()
			memory := billingtest.Peak()
			for b.Loop() {
				bill()
			}
			b.ReportMetric(memory(), "heap-MB")
			b.ReportMetric(planned.Seconds()/float64(b.N), "plan-s")
			b.ReportMetric(float64(invoices)/took.Seconds(), "invoices/s")
			b.ReportMetric(100*(1-float64(m.outside.Load())/float64(m.total.Load())), "%store")
			written := b.N + 1
			b.ReportMetric(took.Seconds()/float64(b.N)*float64(written)/copySeconds(b, w.DB, written), "x-COPY")
		})
	}
}

// copySeconds returns how long a bare COPY takes for the rows that the runs have written. Tables grow with each run, but for
// line_cycles, whose rows are written again.
func copySeconds(b *testing.B, db *database.DB, runs int) float64 {
	b.Helper()
	return databasetest.CopyTime(b, db, store.Migrations(),
		databasetest.Written{Table: "line_cycles", Columns: "tenant id next_cycle_date last_cycle_date version updated", Times: runs},
		databasetest.Written{Table: "billed_periods", Columns: "tenant line_id period_start period_end invoice_id"},
		databasetest.Written{Table: "invoice_items", Columns: "tenant invoice_id items"},
		databasetest.Written{Table: "invoices", Columns: "tenant id number state run_id bill_to_id customer_id issue_date currency total version created updated"},
		databasetest.Written{Table: "change_feed", Columns: "tenant at actor resource resource_type kind state"}).Seconds()
}

// BenchmarkPreview measures a preview of ten thousand bill-tos of five lines each, as its caller
// receives it over gRPC.
func BenchmarkPreview(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := billingtest.NewBench(b, engine, 10_000*billingtest.LinesPerBillTo)
			client := pb.NewCycleRunServiceClient(serveBilling(b, w.Runs))
			for b.Loop() {
				stream, err := client.PreviewCycleRun(context.Background(), &pb.PreviewCycleRunRequest{AsOfDate: gtype.Date(billingtest.Day("2026-03-01"))})
				if err != nil {
					b.Fatal(err)
				}
				invoices := 0
				for ; err == nil; invoices++ {
					_, err = stream.Recv()
				}
				if !errors.Is(err, io.EOF) || invoices != 10_001 {
					b.Fatal(invoices, err)
				}
			}
		})
	}
}

// asCaller makes every stream the caller's.
type asCaller struct{ grpc.ServerStream }

func (s asCaller) Context() context.Context {
	return auth.With(s.ServerStream.Context(), billingtest.Caller)
}

// serveBilling returns a connection to a server of the runs' API.
func serveBilling(b *testing.B, runs *run.Service) *grpc.ClientConn {
	b.Helper()
	server := grpc.NewServer(grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		return handler(srv, asCaller{stream})
	}))
	api.Register(server, api.Services{Runs: runs}, nil, changes.Tokens{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	connection, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		server.Stop()
		if err := errors.Join(connection.Close(), <-served); err != nil {
			b.Error(err)
		}
	})
	return connection
}
