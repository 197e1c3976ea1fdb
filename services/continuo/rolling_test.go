package continuo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// next is the program of the next version: this one with a further migration for each service.
const next = "next/continuo"

// furtherMigrations change tables that callers use meanwhile. This program can work after those of
// customer-recurrence and recurring-billing, and not after that of subscription.
var furtherMigrations = map[string]string{
	"customer-recurrence": "-- oldest program: %05d\n-- +goose Up\nALTER TABLE packages ADD COLUMN further TEXT NOT NULL DEFAULT '';\n",
	"recurring-billing":   "-- oldest program: %05d\n-- +goose Up\nALTER TABLE items ADD COLUMN further TEXT NOT NULL DEFAULT '';\n",
	"subscription":        "-- after %05d\n-- +goose Up\nALTER TABLE subscription_groups ADD COLUMN further TEXT NOT NULL DEFAULT '';\n",
}

// TestRollingUpgradeLosesNoCall replaces both replicas of everything, one after the other, by the next
// version, under load that comes through a gateway. Where the old program fits the new schema, every
// call must succeed. Where it does not, it must say so until the first new replica is up.
func TestRollingUpgradeLosesNoCall(t *testing.T) {
	t.Parallel()
	buildNext(t)
	one := prepare(t, forms[2])
	one.operator(t, "migrate", "up")
	two := one.replica(t)
	both(func() { one.start(t) }, func() { two.start(t) })
	front := gatewayOf(t, one, two)

	tr := newTraffic(t)
	stop := tr.startAcknowledged(t, front.http)
	one.operatorOf(t, next, "migrate", "up")
	migrated := len(tr.sentSoFar())
	time.Sleep(time.Second) // replicas look at the schema once a second
	for _, old := range []*installation{one, two} {
		old.checkServesOld(t)
	}
	one.replaceBy(t, next)
	front.awaitAllServing(t)
	replaced := len(tr.sentSoFar())
	time.Sleep(500 * time.Millisecond) // with one old replica, which must get no call that it would refuse
	two.replaceBy(t, next)
	time.Sleep(300 * time.Millisecond)
	stop()

	for i, outcome := range tr.sentSoFar() {
		outside := outcome.service == "subscription" && i < replaced+len(changeKinds)
		if !outcome.acknowledged() && (!outside || outcome.status != http.StatusServiceUnavailable) {
			t.Errorf("%d (migrated after %d, replaced after %d): %s %s: got status %d: %s",
				i, migrated, replaced, outcome.method, outcome.path, outcome.status, outcome.answer)
		}
	}
	tr.check(t, front)
}

// buildNext builds the next version from these sources and the further migrations.
func buildNext(t *testing.T) {
	t.Helper()
	folder, overlay := t.TempDir(), struct{ Replace map[string]string }{map[string]string{}}
	for service, migration := range furtherMigrations {
		source, err := filepath.Abs(filepath.Join("..", service, "internal", "store", "migrations"))
		if err != nil {
			t.Fatal(err)
		}
		last := lastMigration(t, source)
		text := filepath.Join(folder, service+".sql")
		if err := os.WriteFile(text, []byte(fmt.Sprintf(migration, last)), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(source, fmt.Sprintf("%05d_further.sql", last+1))] = text
	}
	content, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-trimpath", "-overlay", file, "-o", filepath.Join(programs, next), "./services/continuo/cmd/continuo")
	build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the next version: %v\n%s", err, out)
	}
}

// lastMigration returns the highest number of the migrations in a folder and its folders.
func lastMigration(t *testing.T, folder string) (last int) {
	t.Helper()
	for _, pattern := range []string{"*.sql", "*/*.sql"} {
		files, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			number, _, _ := strings.Cut(filepath.Base(file), "_")
			version, err := strconv.Atoi(number)
			if err != nil {
				t.Fatal(err)
			}
			last = max(last, version)
		}
	}
	return last
}

// gatewayOf starts a gateway in front of two replicas of everything.
func gatewayOf(t *testing.T, one, two *installation) *installation {
	t.Helper()
	front := prepare(t, form{"gateway", []string{"gateway"}, database.SQLite},
		"CONTINUO_CUSTOMER_RECURRENCE_ADDR="+one.customerRecurrence+","+two.customerRecurrence,
		"CONTINUO_SUBSCRIPTION_ADDR="+one.subscription+","+two.subscription,
		"CONTINUO_RECURRING_BILLING_ADDR="+one.recurringBilling+","+two.recurringBilling)
	front.start(t)
	return front
}

// checkServesOld checks a replica of the old program after the migrations of the next: the services
// that fit serve, and the other refuses calls for the reason.
func (in *installation) checkServesOld(t *testing.T) {
	t.Helper()
	answer := in.awaitOneDown(t)
	for service, want := range map[string]string{
		"customer-recurrence": "serving", "recurring-billing": "serving", "subscription": "not serving: the store's schema is at version",
	} {
		if !strings.Contains(answer, `"`+service+`":"`+want) {
			t.Errorf("/readyz of an old replica: got %s, want %s: %s", answer, service, want)
		}
	}
	in.checkUnavailable(t, "subscription")
	if status, _, body := in.send(t, http.MethodGet, "/subscription/v1/accounts", nil, ""); status != http.StatusServiceUnavailable || !strings.Contains(body, "SCHEMA_VERSION") {
		t.Errorf("a call outside of the range: got status %d: %s", status, body)
	}
}

// replaceBy stops the program of an installation and starts another in its place.
func (in *installation) replaceBy(t *testing.T, program string) {
	t.Helper()
	in.stop(t)
	in.launch(t, program)
	in.awaitAllServing(t)
}
