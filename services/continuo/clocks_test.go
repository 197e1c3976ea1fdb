package continuo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
)

// TestClockJumps moves the clock forwards and backwards by days between requests.
func TestClockJumps(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			noon := time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC)
			now := clock.NewFake(noon)
			in := &installation{client: http.DefaultClient, http: runInProcess(t, engine, now)}
			t.Run("changes are published in commit order", func(t *testing.T) { feedIgnoresClocks(t, in, now) })
			t.Run("idempotency keys", func(t *testing.T) { keysUnderClocks(t, in, now) })
			t.Run("sessions", func(t *testing.T) { sessionsUnderClocks(t, in, now) })
			now.Set(noon)
			in.effects(t)
		})
	}
}

const day = 24 * time.Hour

// jumps are the clock's steps from one change to the next.
var jumps = []time.Duration{0, 3 * day, -10 * day, time.Second, 400 * day, -395 * day, -time.Nanosecond, 0}

func feedIgnoresClocks(t *testing.T, in *installation, now *clock.Fake) {
	tr := newTraffic(t)
	want, types := map[string][]string{}, map[string]map[string]bool{}
	start := now.Now()
	for i, jump := range jumps {
		now.Advance(jump)
		for j, kind := range changeKinds {
			outcome := tr.send(in.http, kind(fmt.Sprintf("jump-%d-%d", i, j)))
			if !outcome.acknowledged() {
				t.Fatalf("%s %s after a jump of %v: status %d: %s", outcome.method, outcome.path, jump, outcome.status, outcome.answer)
			}
			want[outcome.resourceType] = append(want[outcome.resourceType], outcome.mark)
			if types[outcome.service] == nil {
				types[outcome.service] = map[string]bool{}
			}
			types[outcome.service][outcome.resourceType] = true
		}
	}
	now.Set(start)
	for service := range collections {
		got := map[string][]string{}
		for _, e := range in.settledFeed(t, service) {
			if mark := e.markIn(service); strings.HasPrefix(mark, "jump-") {
				got[e.resourceType] = append(got[e.resourceType], mark)
			}
		}
		for resourceType, marks := range got {
			if fmt.Sprint(marks) != fmt.Sprint(want[resourceType]) {
				t.Errorf("changes of a %s: got marks %v, want %v", resourceType, marks, want[resourceType])
			}
		}
		if len(got) != len(types[service]) {
			t.Errorf("%s: got changes of %d types, want %d", service, len(got), len(types[service]))
		}
	}
}

// keysUnderClocks repeats requests after clock jumps. A key is valid for a day after its use, and
// while the clock is before that.
func keysUnderClocks(t *testing.T, in *installation, now *clock.Fake) {
	tr := newTraffic(t)
	start := now.Now()
	for i, kind := range changeKinds {
		now.Set(start)
		c := kind(fmt.Sprintf("key-%d", i))
		first := tr.send(in.http, c)
		if !first.acknowledged() {
			t.Fatalf("%s %s: status %d: %s", c.method, c.path, first.status, first.answer)
		}
		for _, at := range []time.Duration{0, -5 * day, day - time.Second, -time.Second} {
			now.Set(start.Add(at))
			if again := tr.send(in.http, c); again.status != first.status || again.answer != first.answer {
				t.Errorf("%s %s repeated at %v: got %d %s, want %d %s", c.method, c.path, at, again.status, again.answer, first.status, first.answer)
			}
		}
		other := kind(fmt.Sprintf("other-%d", i))
		other.mark, other.path = c.mark, strings.ReplaceAll(other.path, "request_id="+other.mark, "request_id="+c.mark)
		now.Set(start.Add(day - time.Second))
		if reused := tr.send(in.http, other); reused.status != http.StatusBadRequest {
			t.Errorf("using another request's key within a day: got status %d: %s", reused.status, reused.answer)
		}
		now.Set(start.Add(day))
		if later := tr.send(in.http, other); !later.acknowledged() {
			t.Errorf("using another request's key after a day: got status %d: %s", later.status, later.answer)
		}
	}
	now.Set(start)
}

func sessionsUnderClocks(t *testing.T, in *installation, now *clock.Fake) {
	start := now.Now()
	post := func(path, body string) (int, map[string]any) {
		status, _, answer := in.send(t, "POST", path, map[string]string{"Content-Type": "application/json"}, body)
		return status, decode(t, answer)
	}
	signIn := func() (use func() int) {
		status, answer := post("/authentication/token", `{"username":"demo","password":"demo","organisation":"demo"}`)
		if status != http.StatusOK {
			t.Fatalf("signing in: status %d: %v", status, answer)
		}
		update := fmt.Sprintf(`{"token":%q,"subscription_identifier":{"number":"S60117"},"notes":"session"}`, answer["data"].(map[string]any)["token"])
		return func() int {
			status, _ := post("/subscriptions/update", update)
			return status
		}
	}
	for _, c := range []struct {
		name string
		// used are the times of use after the session began; want are the expected statuses.
		used []time.Duration
		want []int
	}{
		{"a little back, then forward", []time.Duration{-5 * time.Minute, 50 * time.Minute, 100 * time.Minute}, []int{200, 200, 200}},
		{"days ahead", []time.Duration{3 * day}, []int{401}},
		{"days back", []time.Duration{-3 * day}, []int{401}},
		{"used with a clock that is ahead and then corrected", []time.Duration{45 * time.Minute, 0, 59 * time.Minute, 2 * time.Hour}, []int{200, 200, 200, 401}},
	} {
		now.Set(start)
		use := signIn()
		for i, at := range c.used {
			now.Set(start.Add(at))
			if status := use(); status != c.want[i] {
				t.Errorf("%s: at %v: got status %d, want %d", c.name, at, status, c.want[i])
			}
		}
	}
	now.Set(start)
}
