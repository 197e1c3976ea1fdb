package continuo_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// demoLines is the number of recurring lines in the demo data.
const demoLines = 20

// BenchmarkPutAgainstStore measures a vendor's PUT through everything, from 64 callers to 20 lines, against
// what the store alone does: bare durable updates of one row on SQLite, and pgbench on PostgreSQL.
func BenchmarkPutAgainstStore(b *testing.B) {
	for _, engine := range []struct {
		name  database.Engine
		alone func(*testing.B) func() float64
	}{{database.SQLite, bareUpdates}, {database.PostgreSQL, pgbench}} {
		b.Run(string(engine.name), func(b *testing.B) {
			puts := &load{address: addressOf(runInProcess(b, engine.name, clock.System{})), callers: 64, request: func(caller, n int) string {
				return written("PUT", fmt.Sprint("/api/customerrecurring/", caller%demoLines+1),
					fmt.Sprintf(`{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"memo %d of %d"}`, n, caller))
			}}
			puts.rate(b)
			puts.took = nil // these opened connections and prepared statements
			compare(b, func() float64 { return puts.rate(b) }, engine.alone(b))
			b.ReportMetric(puts.p99(), "p99-ms")
		})
	}
}

// bareUpdates returns a function that measures durable updates of one row, one after the other.
func bareUpdates(b *testing.B) func() float64 {
	b.Helper()
	pool, err := sql.Open("sqlite", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = pool.Close() })
	pool.SetMaxOpenConns(1)
	if _, err := pool.Exec(`CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL); INSERT INTO counters VALUES ('a', 0)`); err != nil {
		b.Fatal(err)
	}
	return func() float64 {
		began, done := time.Now(), 0
		for ; time.Since(began) < comparedSpan; done++ {
			if _, err := pool.Exec(`UPDATE counters SET value = $2 WHERE name = $1`, "a", done); err != nil {
				b.Fatal(err)
			}
		}
		return float64(done) / time.Since(began).Seconds()
	}
}

var transactionsPerSecond = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench returns a function that measures pgbench's simple updates from 16 clients on the cluster of
// the test.
func pgbench(b *testing.B) func() float64 {
	b.Helper()
	program, url := databasetest.Program(b, "pgbench"), databasetest.URL(b, database.PostgreSQL)
	run := func(args ...string) string {
		out, err := exec.Command(program, append(args, url)...).CombinedOutput()
		if err != nil {
			b.Fatalf("pgbench: %v: %s", err, out)
		}
		return string(out)
	}
	run("-i", "-q")
	return func() float64 {
		out := run("-N", "-M", "prepared", "-c", "16", "-j", "2", "-T", "1")
		found := transactionsPerSecond.FindStringSubmatch(out)
		if found == nil {
			b.Fatalf("pgbench says %s", out)
		}
		rate, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			b.Fatal(err)
		}
		return rate
	}
}

// BenchmarkGetAgainstMemory measures a vendor's GET through everything, against a handler written by hand that has
// the lines in memory.
func BenchmarkGetAgainstMemory(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			origin := runInProcess(b, engine, clock.System{})
			memory := httptest.NewServer(linesInMemory(b, origin))
			defer memory.Close()
			get := func(caller, _ int) string {
				return written("GET", fmt.Sprint("/api/customerrecurring/", caller%demoLines+1), "")
			}
			ours := &load{address: addressOf(origin), callers: 16, request: get}
			theirs := &load{address: addressOf(memory.URL), callers: 16, request: get}
			ours.rate(b)
			compare(b, func() float64 { return ours.rate(b) }, func() float64 { return theirs.rate(b) })
		})
	}
}

// linesInMemory returns a handler that answers like the gateway at an origin.
func linesInMemory(b *testing.B, origin string) http.Handler {
	b.Helper()
	var mu sync.RWMutex
	lines := map[string]lineData{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/customerrecurring/{id}", func(w http.ResponseWriter, r *http.Request) {
		mu.RLock()
		line, known := lines[r.PathValue("id")]
		mu.RUnlock()
		if !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(line) // the caller has left
	})
	for id := range demoLines {
		path := fmt.Sprint("/api/customerrecurring/", id+1)
		response, err := http.Get(origin + path)
		if err != nil {
			b.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		var line lineData
		if err != nil || json.Unmarshal(text, &line) != nil {
			b.Fatalf("%s: %v", text, err)
		}
		lines[strconv.Itoa(id+1)] = line
		answer := httptest.NewRecorder()
		if mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil)); strings.TrimSpace(answer.Body.String()) != string(text) {
			b.Fatalf("the handler answers\n%s\nand the gateway\n%s", answer.Body, text)
		}
	}
	return mux
}
