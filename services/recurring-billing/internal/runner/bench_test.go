package runner_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/store"
)

// benchLines is how many lines the benchmarks bill, five to a bill-to: a few by default. The figures of the project are those
// of a million, two minutes on two cores:
//
//	CONTINUO_BENCH_LINES=1000000 go test ./internal/runner -run '^$' -bench Run -benchtime 1x
func benchLines(b *testing.B) int {
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

const linesPerBillTo = 5

// benchWorld is a store with monthly lines that begin on the first of March, three of each bill-to rolled up and two alone.
func benchWorld(b *testing.B, engine database.Engine, lines int) *world {
	b.Helper()
	db := databasetest.Open(b, databasetest.URL(b, engine), store.Migrations())
	w := &world{t: b, db: db, clock: clock.NewFake(today.Time()), billing: store.NewBilling(db, api.Message)}
	w.service = domain.NewService(store.New(db, api.Message), w.clock)
	w.biller = domain.NewBiller(w.billing, store.New(db, api.Message), w.clock, domain.LinesPerBatch)
	if err := w.service.LoadIntoEmpty(as, domain.Catalogue{Items: []domain.Item{{Code: "RMR-MON", Description: "Alarm monitoring"}, {Code: "RMR-BASE", Description: "Security package"}}}); err != nil {
		b.Fatal(err)
	}
	insert := func(table, columns string, rows int, row func(n int) []any) {
		const most = 20_000
		for from := 0; from < rows; from += most {
			all := make([][]any, 0, most)
			for n := from; n < min(rows, from+most); n++ {
				all = append(all, row(n))
			}
			if err := db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				return tx.InsertAll(ctx, table, strings.Fields(columns), all)
			}); err != nil {
				b.Fatal(err)
			}
		}
	}
	insert("bill_tos", "tenant id customer_id display_name version created updated", lines/linesPerBillTo, func(n int) []any {
		return []any{"t", int64(n + 1), int64(n + 1), fmt.Sprint("Customer ", n+1), int64(1), int64(0), int64(0)}
	})
	insert("recurring_lines", `tenant id customer_id site_id system_id bill_to_id item_code master_item_code bill_cycle description memo
		currency start_date bill_day created`, lines, func(n int) []any {
		billTo := int64(n/linesPerBillTo + 1)
		var master any = "RMR-BASE"
		if n%linesPerBillTo >= 3 {
			master = nil
		}
		return []any{"t", int64(n + 1), billTo, billTo, int64(n + 1), billTo, "RMR-MON", master, "M", "Monitoring of the alarm system", "", "USD", "2026-03-01", int64(1), int64(0)}
	})
	insert("line_rates", "tenant line_id effective_date monthly_amount reason_code", lines, func(n int) []any {
		return []any{"t", int64(n + 1), "2026-03-01", fmt.Sprintf("%d.%02d", 10+n%90, n%100), ""}
	})
	insert("line_cycles", "tenant id next_cycle_date version updated", lines, func(n int) []any {
		return []any{"t", int64(n + 1), "2026-03-01", int64(1), int64(0)}
	})
	// PostgreSQL does this by itself in the minutes after an import.
	w.exec("ANALYZE")
	return w
}

// measured adds up the time that batches take, and what of it the store does not.
type measured struct {
	*store.Billing
	total, outside atomic.Int64
}

func (m *measured) DoBatch(ctx context.Context, at time.Time, hold bool, prepare prepare, write write) (bool, error) {
	started, inside, stepped := time.Now(), time.Duration(0), time.Time{}
	timed := watch{
		before: func(string) error { stepped = time.Now(); return nil },
		after:  func(_ string, err error) error { inside += time.Since(stepped); return err },
	}
	outside := func(do func() error) error {
		began, before := time.Now(), inside
		err := do()
		m.outside.Add(int64(time.Since(began) - (inside - before)))
		return err
	}
	defer func() { m.total.Add(int64(time.Since(started))) }()
	return m.Billing.DoBatch(ctx, at, hold, func(ctx context.Context, r domain.BillingReader, run domain.Run, batch domain.Batch) error {
		return outside(func() error { return prepare(ctx, &watchedReader{r, timed}, run, batch) })
	}, func(ctx context.Context, w domain.BillingWriter) error {
		return outside(func() error { return write(ctx, &watchedWriter{w, timed}) })
	})
}

// peak samples the heap until it is stopped, and gives the most it saw in megabytes.
func peak() (stop func() float64) {
	done, result := make(chan struct{}), make(chan float64)
	go func() {
		most := uint64(0)
		for {
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			most = max(most, stats.HeapInuse)
			select {
			case <-done:
				result <- float64(most) / (1 << 20)
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return func() float64 { close(done); return <-result }
}

// BenchmarkRun is a run over monthly lines, all due. It reports invoices a second, the share of the batches' time that is
// spent in the store, the ratio to a bare COPY of the rows it writes, and the most heap it held.
func BenchmarkRun(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			lines := benchLines(b)
			w := benchWorld(b, engine, lines)
			m := &measured{Billing: w.billing}
			biller := domain.NewBiller(m, store.New(w.db, api.Message), w.clock, domain.LinesPerBatch)
			runtime.GC()
			asOf := "2026-02-01"
			var took, planned time.Duration
			invoices := int64(0)
			memory := peak()
			for b.Loop() {
				asOf = day(asOf).AddMonthsClamped(1).String()
				run, err := biller.CreateRun(as, day(asOf), domain.Filter{}, false)
				if err != nil {
					b.Fatal(err)
				}
				started := time.Now()
				// The plan is one worker's; the others wait for it.
				if _, err := biller.Work(context.Background()); err != nil {
					b.Fatal(err)
				}
				planned += time.Since(started)
				var group sync.WaitGroup
				for range 2 {
					group.Go(func() {
						for worked := true; worked; {
							if worked, err = biller.Work(context.Background()); err != nil {
								b.Error(err)
							}
						}
					})
				}
				group.Wait()
				w.finish(biller)
				took += time.Since(started)
				if run = w.look(run.ID); run.State != domain.RunSucceeded || run.Invoices != int64(lines/linesPerBillTo) || run.Periods != int64(lines) {
					b.Fatalf("%+v", run)
				}
				invoices += run.Invoices
			}
			b.ReportMetric(memory(), "heap-MB")
			b.ReportMetric(planned.Seconds()/float64(b.N), "plan-s")
			b.ReportMetric(float64(invoices)/took.Seconds(), "invoices/s")
			b.ReportMetric(100*(1-float64(m.outside.Load())/float64(m.total.Load())), "%store")
			b.ReportMetric(took.Seconds()/copySeconds(b, w.db, b.N), "x-COPY")
		})
	}
}

// copySeconds is how long a bare COPY (on SQLite, long INSERTs) takes of the rows that so many runs have written, into empty
// tables with the same keys and indexes.
func copySeconds(b *testing.B, db *database.DB, runs int) float64 {
	b.Helper()
	copies := databasetest.Open(b, databasetest.URL(b, db.Engine()), store.Migrations())
	took := time.Duration(0)
	for _, table := range []struct{ name, columns string }{
		{"line_cycles", "tenant id next_cycle_date last_cycle_date version updated"},
		{"billed_periods", "tenant line_id period_start period_end invoice_id"},
		{"invoice_items", "tenant invoice_id items"},
		{"invoices", "tenant id number state run_id bill_to_id customer_id issue_date currency total version created updated"},
		{"change_feed", "tenant at actor resource resource_type kind state"},
	} {
		columns, times := strings.Fields(table.columns), time.Duration(1)
		if table.name == "line_cycles" {
			times = time.Duration(runs) // the other tables grow, these rows are written again
		}
		if err := db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) (err error) {
			rows, err := tx.QueryContext(ctx, `SELECT `+strings.Join(columns, ", ")+` FROM `+table.name)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, rows.Close()) }()
			var all [][]any
			flush := func() error {
				started := time.Now()
				defer func() { took += times * time.Since(started); all = nil }()
				return copies.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
					return tx.InsertAll(ctx, table.name, columns, all)
				})
			}
			for rows.Next() {
				values, pointers := make([]any, len(columns)), make([]any, len(columns))
				for i := range values {
					pointers[i] = &values[i]
				}
				if err := rows.Scan(pointers...); err != nil {
					return err
				}
				if all = append(all, values); len(all) == 20_000 {
					if err := flush(); err != nil {
						return err
					}
				}
			}
			if err := rows.Err(); err != nil {
				return err
			}
			return flush()
		}); err != nil {
			b.Fatal(err)
		}
	}
	return took.Seconds()
}

// BenchmarkPreview is a preview of ten thousand bill-tos of five lines each, as its caller receives it over gRPC.
func BenchmarkPreview(b *testing.B) {
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		b.Run(string(engine), func(b *testing.B) {
			w := benchWorld(b, engine, 10_000*linesPerBillTo)
			client := pb.NewCycleRunServiceClient(serveBilling(b, w.biller))
			for b.Loop() {
				stream, err := client.PreviewCycleRun(context.Background(), &pb.PreviewCycleRunRequest{AsOfDate: gtype.Date(day("2026-03-01"))})
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

// asCaller makes every stream one of the caller's.
type asCaller struct{ grpc.ServerStream }

func (s asCaller) Context() context.Context { return auth.With(s.ServerStream.Context(), caller) }

// serveBilling is a connection to a server of a biller's API.
func serveBilling(b *testing.B, biller *domain.Biller) *grpc.ClientConn {
	b.Helper()
	server := grpc.NewServer(grpc.StreamInterceptor(func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
		return handler(srv, asCaller{stream})
	}))
	api.RegisterBilling(server, biller)
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
