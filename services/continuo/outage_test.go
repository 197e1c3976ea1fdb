package continuo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// promptLimit is the time within which a client gets a response while a service behind the gateway
// is down.
const promptLimit = 5 * time.Second

// TestDatabaseOutages cuts the connections to PostgreSQL, restarts it and kills it under load.
// Meanwhile clients must promptly get an error in their vendor's form. Afterwards everything must
// recover by itself without losing changes.
func TestDatabaseOutages(t *testing.T) {
	for _, f := range forms {
		if f.engine != database.PostgreSQL {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			cluster, in := installOnOwnCluster(t, f)
			follower := in.follow(t, "recurring-billing")
			tr := newTraffic(t)
			stop := tr.startAcknowledged(t, in.http)
			for range 5 {
				time.Sleep(100 * time.Millisecond)
				cutConnections(t, in)
			}
			in.awaitAllServing(t)
			for name, end := range map[string]func() error{"stop": cluster.Stop, "kill": cluster.Kill} {
				time.Sleep(200 * time.Millisecond)
				if err := end(); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				in.awaitOneDown(t)
				in.checkUnavailable(t, "customer-recurrence", "subscription", "recurring-billing")
				if err := cluster.Start(); err != nil {
					t.Fatal(err)
				}
				in.awaitAllServing(t)
			}
			time.Sleep(200 * time.Millisecond)
			stop()
			for _, outcome := range tr.sentSoFar() {
				if outcome.took > promptLimit {
					t.Errorf("%s %s took %v", outcome.method, outcome.path, outcome.took)
				}
				if outcome.unavailable() && outcome.status != http.StatusServiceUnavailable {
					t.Errorf("%s %s: got status %d: %s", outcome.method, outcome.path, outcome.status, outcome.answer)
				}
				if !outcome.acknowledged() {
					checkRevealsNoInternals(t, outcome.answer)
				}
			}
			follower.check(t)
			tr.check(t, in)
		})
	}
}

// installOnOwnCluster installs on a PostgreSQL server that the test may stop.
func installOnOwnCluster(t *testing.T, f form, env ...string) (*databasetest.Cluster, *installation) {
	t.Helper()
	cluster := startCluster(t)
	for name := range databases {
		env = append(env, name+"="+cluster.Database(t))
	}
	return cluster, install(t, f, env...)
}

// setting returns the value of an environment variable of the installation.
func (in *installation) setting(name string) (value string) {
	for _, pair := range in.env {
		if set, found := strings.CutPrefix(pair, name+"="); found {
			value = set
		}
	}
	return value
}

// cutConnections terminates every connection to the installation's databases, as a failing network
// or an administrator would.
func cutConnections(t *testing.T, in *installation) {
	t.Helper()
	for name := range databases {
		onDatabase(t, in.setting(name), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	}
}

// onDatabase runs a statement on a PostgreSQL database.
func onDatabase(t *testing.T, url, statement string) {
	t.Helper()
	ctx := context.Background()
	connection, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatalf("connecting to PostgreSQL: %v", err)
	}
	_, err = connection.Exec(ctx, statement)
	if err := errors.Join(err, connection.Close(ctx)); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// unavailable has one request of each contract and the response to it while its service is
// unavailable.
var unavailable = []struct {
	service, method, path, accept, body string
	// answer is a pattern for the body.
	answer string
}{
	{"customer-recurrence", "PUT", recurrencePath, "application/json", `{"recurrence":{"name":"x"}}`,
		`^\{"success":false,"message":"[^"]+","messageDetail":\["[^"]+"\],"failureCode":"SERVICE_UNAVAILABLE","data":null\}$`},
	{"customer-recurrence", "PUT", recurrencePath, "text/xml", `{"recurrence":{"name":"x"}}`,
		`^<ResponseModelApiOfCustomerModelApi [^>]+><success>false</success>.*<failureCode>SERVICE_UNAVAILABLE</failureCode></ResponseModelApiOfCustomerModelApi>$`},
	{"customer-recurrence", "GET", "/customer-recurrence/v1/packages", "application/json", "", `"code":14`},
	{"subscription", "POST", "/subscriptions/update", "application/json", `{"token":"` + demoToken + `","subscription_identifier":{"number":"S60117"},"notes":"x"}`,
		`^\{"status":\{"code":"SERVICE_UNAVAILABLE","message":"[^"]+","description":null\},"data":null\}$`},
	{"subscription", "GET", "/subscription/v1/accounts", "application/json", "", `"code":14`},
	{"recurring-billing", "GET", linePath, "application/json", "", `^\{"Message":"[^"]+"\}$`},
	{"recurring-billing", "PUT", linePath, "text/xml", `{"ItemCode":"RMR-MON","BillCycle":"M"}`, `^<Error><Message>[^<]+</Message></Error>$`},
	{"recurring-billing", "GET", "/recurring-billing/v1/items", "application/json", "", `"code":14`},
}

// checkUnavailable checks that clients of the given services promptly get an error in their
// contract's form.
func (in *installation) checkUnavailable(t *testing.T, services ...string) {
	t.Helper()
	for _, c := range unavailable {
		if !strings.Contains(strings.Join(services, " "), c.service) {
			continue
		}
		started := time.Now()
		status, _, answer := in.send(t, c.method, c.path, map[string]string{"Content-Type": "application/json", "Accept": c.accept}, c.body)
		if took := time.Since(started); took > promptLimit {
			t.Errorf("%s %s took %v", c.method, c.path, took)
		}
		if status != http.StatusServiceUnavailable || !regexp.MustCompile(c.answer).MatchString(compact(answer)) {
			t.Errorf("%s %s: status %d: %s, want 503 like %s", c.method, c.path, status, answer, c.answer)
		}
		checkRevealsNoInternals(t, answer)
	}
}

// compact removes white space between JSON tokens. Other text is returned unchanged.
func compact(text string) string {
	var compacted bytes.Buffer
	if json.Compact(&compacted, []byte(text)) != nil {
		return text
	}
	return compacted.String()
}

var internals = regexp.MustCompile(`(?i)sql|pgx|127\.0\.0\.1|dial|tcp|\bEOF\b|driver|broken pipe|\.go\b|goroutine|/tmp/|rpc error`)

func checkRevealsNoInternals(t *testing.T, answer string) {
	t.Helper()
	if found := internals.FindString(answer); found != "" {
		t.Errorf("a response contains the internal detail %q: %s", found, answer)
	}
}
