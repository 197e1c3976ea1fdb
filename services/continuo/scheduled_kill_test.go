package continuo_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// dueRecurrences is how many recurrences have something to happen when the services start.
const dueRecurrences = 400

// TestScheduledChangesHappenOnceThroughKills starts the services when changes and ends of recurrences have been due for long, on
// PostgreSQL two of each at once, and kills them at random times while they do it. In the end each has happened once.
func TestScheduledChangesHappenOnceThroughKills(t *testing.T) {
	for _, f := range []form{forms[0], forms[3]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			program, ended := in.startImport(t, dueFile(t))
			if err := <-ended; err != nil {
				t.Fatalf("importing: %v\n%s", err, program.Stderr)
			}
			replicas := []*installation{in}
			if f.engine == database.PostgreSQL {
				replicas = append(replicas, in.replica(t))
			}
			for range 5 {
				for _, one := range replicas {
					one.kill(t)
				}
				for _, one := range replicas {
					one.start(t)
				}
				time.Sleep(rand.N(400 * time.Millisecond))
			}
			in.awaitNothingScheduled(t)
			in.checkDue(t)
		})
	}
}

// dueFile returns a file with recurrences whose price was to change on a day of the past. Every fourth was to end on that day.
func dueFile(t *testing.T) string {
	t.Helper()
	var lines bytes.Buffer
	const past = `{"year":2026,"month":2,"day":1}`
	for number := range dueRecurrences {
		state := `"state":"RECURRENCE_STATE_ACTIVE"`
		if number%4 == 0 {
			state = `"state":"RECURRENCE_STATE_CANCELLING","undoState":"RECURRENCE_STATE_ACTIVE","endDate":` + past
		}
		name := fmt.Sprintf("customers/C-1001/recurrences/due-%d", number)
		fmt.Fprintf(&lines, `{"@type":"type.googleapis.com/continuo.customerrecurrence.v1.Recurrence","name":%q,"packageId":"P","price":{"currencyCode":"MXN","units":"100"},`+
			`"startDate":{"year":2026,"month":1,"day":1},%s}`+"\n", name, state)
		fmt.Fprintf(&lines, `{"@type":"type.googleapis.com/continuo.customerrecurrence.v1.ScheduledChange","name":%q,"state":"STATE_SCHEDULED","effectiveDate":`+past+
			`,"recurrence":{"price":{"currencyCode":"MXN","units":"200"}},"updateMask":"price","actor":"clerk"}`+"\n", name+"/scheduledChanges/1")
	}
	file := filepath.Join(t.TempDir(), "due.ndjson")
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// scheduledStates counts scheduled changes by their states.
func (in *installation) scheduledStates(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, change := range in.pages(t, "/customer-recurrence/v1/customers/-/recurrences/-/scheduledChanges") {
		counts[fmt.Sprint(change["state"])]++
	}
	return counts
}

func (in *installation) awaitNothingScheduled(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		left := in.scheduledStates(t)["STATE_SCHEDULED"]
		if left == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d changes are still to happen\n%s", left, in.logs())
		}
	}
}

// checkDue checks that each recurrence was changed once, or ended once, and that the change feed tells it once.
func (in *installation) checkDue(t *testing.T) {
	t.Helper()
	changes, updates := map[string]int{}, map[string]int{}
	for _, e := range in.settledFeed(t, "customer-recurrence") {
		name, change, _ := strings.Cut(e.resource, "/changes/")
		switch {
		case !strings.HasPrefix(name, "customers/C-1001/recurrences/due-"):
		case e.resourceType == "RecurrenceChange" && change == "2":
			changes[name]++
		case e.resourceType == "RecurrenceChange":
			t.Errorf("%s: another change, %v", name, e)
		case e.kind == "KIND_UPDATED":
			updates[name]++
		}
	}
	for number := range dueRecurrences {
		name := fmt.Sprintf("customers/C-1001/recurrences/due-%d", number)
		if changes[name] != 1 || updates[name] != 1 || updates[name+"/scheduledChanges/1"] != 1 {
			t.Errorf("%s: %d changes, updated %d times, its scheduled change %d times", name, changes[name], updates[name], updates[name+"/scheduledChanges/1"])
		}
	}
	states := in.scheduledStates(t)
	if states["STATE_DONE"] != dueRecurrences*3/4 || states["STATE_FAILED"] != dueRecurrences/4 {
		t.Errorf("got %v of %d scheduled changes, want a fourth failed and the others done", states, dueRecurrences)
	}
}
