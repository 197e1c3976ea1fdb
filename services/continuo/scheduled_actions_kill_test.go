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

// dueSubscriptions is how many subscriptions have actions to be done when the services start.
const dueSubscriptions = 400

// TestScheduledActionsHappenOnceThroughKills starts the services when the actions of subscriptions have been due for long, on PostgreSQL two of each
// at once, and kills them at random times while they do them. In the end each action was done once, in the order of their times, and each subscription that was to
// be replaced by a type has one successor.
func TestScheduledActionsHappenOnceThroughKills(t *testing.T) {
	for _, f := range []form{forms[0], forms[3]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			program, ended := in.startImport(t, dueActionsFile(t))
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
			in.awaitNoDueActions(t)
			in.checkDueActions(t)
		})
	}
}

// dueActionsFile returns a file with drafts whose activation, rest and cancellation were scheduled for days of the past, so that the rest
// schedules its end between them; or, of every fourth, a replacement by a type in place of the cancellation. Every fourth is to be deactivated twice before the rest, of which the second is not possible.
func dueActionsFile(t *testing.T) string {
	t.Helper()
	var lines bytes.Buffer
	for number := range dueSubscriptions {
		id := fmt.Sprintf("due-%d", number)
		fmt.Fprintf(&lines, `{"@type":"type.googleapis.com/continuo.subscription.v1.Subscription","name":"subscriptions/%s","number":%q,"state":"LIFE_CYCLE_STATE_DRAFT",`+
			`"account":"accounts/1C414B9447E158F4CFE85BFE049704E3","subscriptionType":"subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D"}`+"\n", id, id)
		schedule := func(day int, classification, more string) {
			fmt.Fprintf(&lines, `{"@type":"type.googleapis.com/continuo.subscription.v1.SubscriptionAction","name":"subscriptionActions/%s-%d","number":"%s-%d",`+
				`"subscription":"subscriptions/%s","classification":"ACTION_CLASSIFICATION_%s","state":"ACTION_STATE_SCHEDULED","submitter":"clerk",`+
				`"submitTime":"2026-01-01T00:00:00Z","details":{"scheduleTime":"2026-02-%02dT00:00:00Z"}%s}`+"\n", id, day, id, day, id, classification, day, more)
		}
		schedule(1, "ACTIVATE_SUBSCRIPTION", "")
		if number%4 == 0 {
			schedule(2, "DEACTIVATE_SUBSCRIPTION", "")
			schedule(3, "DEACTIVATE_SUBSCRIPTION", "")
		}
		schedule(4, "REST_SUBSCRIPTION", `,"endDate":{"year":2026,"month":2,"day":10}`)
		if number%4 == 1 {
			schedule(20, "REPLACE_SUB_FLEX_TO_FLEX", `,"replacementType":"subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D"`)
			continue
		}
		schedule(20, "CANCEL_SUBSCRIPTION", "")
	}
	file := filepath.Join(t.TempDir(), "due.ndjson")
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// dueActions returns the states of the actions of the imported subscriptions by these and by classification.
func (in *installation) dueActions(t *testing.T) (found map[string]map[string][]string, scheduled int) {
	t.Helper()
	found = map[string]map[string][]string{}
	for _, action := range in.pages(t, "/subscription/v1/subscriptionActions") {
		of, state := fmt.Sprint(action["subscription"]), fmt.Sprint(action["state"])
		if !strings.HasPrefix(of, "subscriptions/due-") {
			continue
		}
		if state == "ACTION_STATE_SCHEDULED" {
			scheduled++
		}
		if found[of] == nil {
			found[of] = map[string][]string{}
		}
		classification := strings.TrimPrefix(fmt.Sprint(action["classification"]), "ACTION_CLASSIFICATION_")
		found[of][classification] = append(found[of][classification], strings.TrimPrefix(state, "ACTION_STATE_"))
	}
	return found, scheduled
}

func (in *installation) awaitNoDueActions(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		found, left := in.dueActions(t)
		if left == 0 && len(found) == dueSubscriptions {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d actions of %d subscriptions are still to be done\n%s", left, len(found), in.logs())
		}
	}
}

// checkDueActions checks that each action was done once and that the change feed tells of each change once.
func (in *installation) checkDueActions(t *testing.T) {
	t.Helper()
	updates := map[string]int{}
	for _, e := range in.settledFeed(t, "subscription") {
		if e.kind == "KIND_UPDATED" {
			updates[e.resource]++
		}
	}
	found, _ := in.dueActions(t)
	successors := map[string]int{}
	for _, action := range in.pages(t, "/subscription/v1/subscriptionActions") {
		successors[fmt.Sprint(action["replaced"])]++
	}
	for number := range dueSubscriptions {
		name := fmt.Sprintf("subscriptions/due-%d", number)
		want, changes := "map[ACTIVATE_SUBSCRIPTION:[EXECUTED] CANCEL_SUBSCRIPTION:[EXECUTED] END_SUBSCRIPTION_RESTING:[EXECUTED] REST_SUBSCRIPTION:[EXECUTED]]", 4
		days := []int{1, 4, 20}
		if number%4 == 0 {
			want = strings.Replace(want, " END_", " DEACTIVATE_SUBSCRIPTION:[EXECUTED REJECTED] END_", 1)
			changes, days = 5, []int{1, 2, 3, 4, 20}
		}
		last, successor := "LIFE_CYCLE_STATE_CANCELLED", 0
		if number%4 == 1 {
			want = strings.Replace(strings.Replace(want, " CANCEL_SUBSCRIPTION:[EXECUTED]", "", 1), " REST_", " REPLACE_SUB_FLEX_TO_FLEX:[EXECUTED] REST_", 1)
			last, successor = "LIFE_CYCLE_STATE_REPLACED", 1
		}
		if successors[name] != successor {
			t.Errorf("%s has %d successors, want %d", name, successors[name], successor)
		}
		if got := fmt.Sprint(found[name]); got != want || updates[name] != changes {
			t.Errorf("%s: got %s and %d changes, want %s and %d", name, got, updates[name], want, changes)
		}
		for _, day := range days {
			if action := fmt.Sprintf("subscriptionActions/due-%d-%d", number, day); updates[action] != 1 {
				t.Errorf("%s was changed %d times, want once", action, updates[action])
			}
		}
		if state := in.get(t, "/subscription/v1/"+name)["state"]; state != last {
			t.Errorf("%s is %v", name, state)
		}
	}
}
