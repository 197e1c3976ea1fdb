package continuo_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

const (
	// benchedSubscriptions is how many subscriptions the benchmarks of CRM.COM's contract call in turn, as many as there are demo lines.
	benchedSubscriptions = demoLines
	// keptSubscriptions is how many there are altogether. PostgreSQL reads a table of a few pages as a whole, and then refuses transactions beside
	// any change of it, as they may have read what it changed.
	keptSubscriptions = 1000
	benchedToken      = "68AE293767E642338983F52D879D56E7"
)

// BenchmarkSubscriptionUpdateAgainstStore measures `POST subscriptions/update` through everything, from 64 callers to 20 subscriptions, against what
// the store alone does, as BenchmarkPutAgainstStore does for recurring lines.
func BenchmarkSubscriptionUpdateAgainstStore(b *testing.B) {
	for _, engine := range []struct {
		name  database.Engine
		alone func(*testing.B) func() float64
	}{{database.SQLite, bareUpdates}, {database.PostgreSQL, pgbench}} {
		b.Run(string(engine.name), func(b *testing.B) {
			updates := benchedUpdates(b, engine.name, keptSubscriptions)
			updates.rate(b)
			updates.took = nil // these opened connections and prepared statements
			compare(b, func() float64 { return updates.rate(b) }, engine.alone(b))
			b.ReportMetric(updates.p99(), "p99-ms")
		})
	}
}

// BenchmarkUpdateOfFewSubscriptions measures the same on PostgreSQL where there are no other subscriptions than the 20 that are updated, and
// PostgreSQL knows it, as it does a minute after they were made.
func BenchmarkUpdateOfFewSubscriptions(b *testing.B) {
	updates := benchedUpdates(b, database.PostgreSQL, benchedSubscriptions)
	analyse := exec.Command(databasetest.Program(b, "vacuumdb"), "--all", "--analyze-only", "--quiet", "--maintenance-db", databasetest.URL(b, database.PostgreSQL))
	if out, err := analyse.CombinedOutput(); err != nil {
		b.Fatalf("vacuumdb: %v: %s", err, out)
	}
	updates.rate(b)
	updates.took = nil
	compare(b, func() float64 { return updates.rate(b) }, pgbench(b))
	b.ReportMetric(updates.p99(), "p99-ms")
}

// benchedUpdates returns the load of 64 callers who update 20 subscriptions, of as many as are kept.
func benchedUpdates(b *testing.B, engine database.Engine, kept int) *load {
	b.Helper()
	origin := runInProcess(b, engine, clock.System{})
	subscribeBenched(b, origin, kept)
	return &load{address: addressOf(origin), callers: 64, request: benchedUpdate}
}

// benchedUpdate returns the nth update of a caller.
func benchedUpdate(caller, n int) string {
	return written("POST", "/crmapi/rest/v2/subscriptions/update", fmt.Sprintf(
		`{"token":"%s","subscription_identifier":{"number":"%s"},"notes":"note %d of %d","udf_string_1":"%d"}`, benchedToken, benched(caller), n, caller, n))
}

// BenchmarkSubscriptionShowAgainstMemory measures `GET subscriptions/show` through everything against a handler written by hand that has the answers
// in memory.
func BenchmarkSubscriptionShowAgainstMemory(b *testing.B) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		b.Run(string(engine), func(b *testing.B) {
			origin := runInProcess(b, engine, clock.System{})
			subscribeBenched(b, origin, keptSubscriptions)
			memory := httptest.NewServer(subscriptionsInMemory(b, origin))
			defer memory.Close()
			show := func(caller, _ int) string { return written("GET", shown(benched(caller)), "") }
			ours := &load{address: addressOf(origin), callers: 16, request: show}
			theirs := &load{address: addressOf(memory.URL), callers: 16, request: show}
			ours.rate(b)
			ours.took = nil
			compare(b, func() float64 { return ours.rate(b) }, func() float64 { return theirs.rate(b) })
			b.ReportMetric(ours.p99(), "p99-ms")
		})
	}
}

// benched returns the number of the subscription that a caller calls.
func benched(caller int) string { return fmt.Sprint("B", caller%benchedSubscriptions) }

// shown returns the path by which a subscription is shown.
func shown(number string) string {
	return "/crmapi/rest/v2/subscriptions/show?" + url.Values{"token": {benchedToken}, "subscription_identifier": {"number=" + number}}.Encode()
}

// subscribeBenched creates subscriptions, each with a service, of which benchmarks call some.
func subscribeBenched(b *testing.B, origin string, kept int) {
	b.Helper()
	client := &http.Client{}
	defer client.CloseIdleConnections()
	for n := range kept {
		if err := exchange(client, http.MethodPost, origin+"/subscription/v1/subscriptions", "application/json", fmt.Sprintf(
			`{"number":"B%d","account":"accounts/1C414B9447E158F4CFE85BFE049704E3","subscriptionType":"subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D",
			"services":[{"id":"1","product":"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"}]}`, n)); err != nil {
			b.Fatal(err)
		}
	}
}

// subscriptionsInMemory returns a handler that answers like the gateway at an origin.
func subscriptionsInMemory(b *testing.B, origin string) http.Handler {
	b.Helper()
	var mu sync.RWMutex
	answers := map[string]json.RawMessage{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /crmapi/rest/v2/subscriptions/show", func(w http.ResponseWriter, r *http.Request) {
		mu.RLock()
		answer, known := answers[strings.TrimPrefix(r.URL.Query().Get("subscription_identifier"), "number=")]
		mu.RUnlock()
		if !known {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(answer) // the caller has left
	})
	for n := range benchedSubscriptions {
		response, err := http.Get(origin + shown(benched(n)))
		if err != nil {
			b.Fatal(err)
		}
		text, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatalf("%s: %s, %v", response.Status, text, err)
		}
		answers[benched(n)] = text
	}
	return mux
}
