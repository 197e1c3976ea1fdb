package databasetest

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// QuietCommits makes commits on the store of a running service, and fails the test if anything but the commits
// themselves runs a transaction, up to half a second later. commit makes one commit in one transaction. What looks
// at the store every few seconds whether or not there are commits is let pass: one round without is enough.
func QuietCommits(t *testing.T, service string, commit func(n int)) {
	t.Helper()
	const rounds, commits = 4, 50
	further := 0
	for round := range rounds {
		awaitQuiet(t, service)
		before := transactions(t, service)
		for n := range commits {
			commit(round*commits + n)
		}
		time.Sleep(500 * time.Millisecond)
		if further = transactions(t, service) - before - commits; further == 0 {
			return
		}
	}
	t.Errorf("%d commits caused %d further transactions", commits, further)
}

// awaitQuiet waits until a service has run no transaction for a moment.
func awaitQuiet(t *testing.T, service string) {
	t.Helper()
	last := -1
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(300 * time.Millisecond) {
		now := transactions(t, service)
		if now == last {
			return
		}
		last = now
	}
	t.Fatal("the service does not come to rest")
}

// transactions returns how many transactions this process has run on the stores of a service.
func transactions(t *testing.T, service string) (count int) {
	t.Helper()
	handler, err := telemetry.Metrics()
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", http.NoBody))
	for line := range strings.Lines(answer.Body.String()) {
		if !strings.HasPrefix(line, "continuo_store_transaction_duration_seconds_count{") || !strings.Contains(line, `service="`+service+`"`) {
			continue
		}
		fields := strings.Fields(line)
		value, err := strconv.ParseFloat(fields[len(fields)-1], 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		count += int(value)
	}
	return count
}
