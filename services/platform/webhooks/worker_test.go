package webhooks_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestChangesAreSentOnceInOrderAndSigned(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		in.put("a", "Item", "items/A", "before")
		r := receive(t, nil)
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.put("b", "Item", "items/A", "of another tenant")
		want := ""
		for n := range 120 {
			in.put("a", "Item", fmt.Sprint("items/", n%3), fmt.Sprint(n))
			want += fmt.Sprint(n, " ")
		}
		in.sent(r, want)
		in.idle()
		in.sent(r, want)
		verifier, err := standardwebhooks.NewWebhook(made.GetSecret())
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, one := range r.all() {
			if err := verifier.Verify(one.body, one.header); err != nil {
				t.Fatalf("%s: %v", one.id, err)
			}
			ids[one.id] = true
		}
		if len(ids) != 120 {
			t.Errorf("got %d message ids for 120 changes", len(ids))
		}
		var body struct {
			Type      string
			Timestamp time.Time
			Data      map[string]any
		}
		first := r.all()[0]
		if err := json.Unmarshal(first.body, &body); err != nil || body.Type != "Item.created" ||
			!body.Timestamp.Equal(in.clock.Now().Truncate(time.Microsecond)) || body.Data["kind"] != "KIND_CREATED" || body.Data["actor"] != "ann" {
			t.Errorf("got body %s, %v", first.body, err)
		}
		state := in.get(made.GetName()).GetDelivery()
		if state.GetLastDeliveryTime() == nil || state.GetFailedAttempts() != 0 || state.GetLastError() != "" {
			t.Errorf("got delivery state %v", state)
		}
	})
}

func TestEndpointFilters(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		in.put("a", "Item", "items/A", "A1", "A2", "-")
		in.put("a", "Line", "lines/1", "L1", "L2", "-")
		updated, deleted := changesv1.Kind_KIND_UPDATED, changesv1.Kind_KIND_DELETED
		for _, c := range []struct {
			endpoint *pb.WebhookEndpoint
			want     string
		}{
			{&pb.WebhookEndpoint{}, "A1 A2 - L1 L2 - X1 "},
			{&pb.WebhookEndpoint{ResourceTypes: []string{"Line"}}, "L1 L2 - "},
			{&pb.WebhookEndpoint{Kinds: []changesv1.Kind{updated, deleted}}, "A2 - L2 - "},
			{&pb.WebhookEndpoint{ResourceTypes: []string{"Item", "Other"}, Kinds: []changesv1.Kind{changesv1.Kind_KIND_CREATED}}, "A1 X1 "},
		} {
			r := receive(t, nil)
			c.endpoint.Url = r.URL
			if _, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: c.endpoint, FromBeginning: true}); err != nil {
				t.Fatal(err)
			}
			defer in.sent(r, c.want)
		}
		in.work()
		in.put("a", "Other", "others/1", "X1")
	})
}

func TestFailedChangesAreRetriedAndBecomeDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, func(one delivery) int {
			if one.state == "bad" {
				return http.StatusInternalServerError
			}
			return http.StatusNoContent
		})
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.put("a", "Item", "items/A", "bad")
		in.clock.Advance(time.Second)
		in.put("a", "Item", "items/B", "good")
		longest := 5 * time.Second
		for attempt := 1; attempt <= 4; attempt++ {
			eventually(t, fmt.Sprint("attempt ", attempt), func() bool { return in.get(made.GetName()).GetDelivery().GetFailedAttempts() == int32(attempt) })
			state := in.get(made.GetName()).GetDelivery()
			wait := state.GetNextAttemptTime().AsTime().Sub(in.clock.Now())
			if wait < longest/2-time.Millisecond || wait > longest || state.GetLastError() != "the response status was 500" {
				t.Errorf("after attempt %d: got %v, wait %s, want at most %s", attempt, state, wait, longest)
			}
			in.idle()
			if got := len(r.all()); got != attempt {
				t.Fatalf("got %d attempts, want %d", got, attempt)
			}
			longest *= 2
			in.clock.Advance(wait)
		}
		in.clock.Advance(3 * 24 * time.Hour)
		eventually(t, "the next change comes", func() bool { return strings.HasSuffix(r.states(), "good ") })
		letters, err := in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: made.GetName()})
		if err != nil || len(letters.GetDeadLetters()) != 1 {
			t.Fatalf("dead letters: %v (%v)", letters, err)
		}
		letter := letters.GetDeadLetters()[0]
		first := r.all()[0]
		if letter.GetMessageId() != first.id || letter.GetPayload() != string(first.body) || letter.GetLastError() != "the response status was 500" || letter.GetAttempts() < 5 {
			t.Errorf("got dead letter %v", letter)
		}
		replay := func(want bool) {
			t.Helper()
			response, err := in.ReplayDeadLetter(as("a"), &pb.ReplayDeadLetterRequest{Name: letter.GetName()})
			if err != nil || response.GetAttempt().GetDelivered() != want || response.GetAttempt().GetMessageId() != first.id {
				t.Fatalf("replay: %v (%v)", response, err)
			}
		}
		replay(false)
		r.answerWith(nil)
		replay(true)
		if letters, err = in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: made.GetName()}); err != nil || len(letters.GetDeadLetters()) != 0 {
			t.Errorf("after the replay: %v (%v)", letters, err)
		}
	})
}

func TestDeadLettersArePagedAndExpire(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, always(http.StatusBadRequest))
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		for n := range 8 {
			in.put("a", "Item", fmt.Sprint("items/", n), strings.Repeat("x", 200_000))
		}
		in.clock.Advance(3 * 24 * time.Hour)
		stop := in.work()
		eventually(t, "all are dead letters", func() bool { return len(r.all()) == 8 })
		stop()
		pages, letters, token := 0, 0, ""
		for {
			response, err := in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: made.GetName(), PageSize: 7, PageToken: token})
			if err != nil {
				t.Fatal(err)
			}
			pages, letters = pages+1, letters+len(response.GetDeadLetters())
			if token = response.GetNextPageToken(); token == "" {
				break
			}
		}
		if pages != 2 || letters != 8 {
			t.Errorf("got %d dead letters on %d pages, want 8 on 2", letters, pages)
		}
		in.clock.Advance(31 * 24 * time.Hour)
		in.work()
		eventually(t, "they are removed", func() bool {
			response, err := in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: made.GetName()})
			return err == nil && len(response.GetDeadLetters()) == 0
		})
	})
}

// TestCrashRepeatsChangeWithSameMessageID closes the store between sending and moving the cursor to
// simulate a crash.
func TestCrashRepeatsChangeWithSameMessageID(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			in := install(t, databasetest.Open(t, url, migrations))
			crashing := install(t, databasetest.Open(t, url, migrations))
			crashing.config.Clock = in.clock
			var once sync.Once
			r := receive(t, func(one delivery) int {
				if one.state == "A2" {
					once.Do(func() {
						if err := crashing.db.Close(); err != nil {
							t.Errorf("closing: %v", err)
						}
					})
				}
				return http.StatusOK
			})
			in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
			in.put("a", "Item", "items/A", "A1", "A2", "A3")
			stop := crashing.work()
			in.sent(r, "A1 A2 ")
			stop()
			in.work()
			in.idle()
			in.sent(r, "A1 A2 ") // the lease still holds
			in.clock.Advance(time.Minute)
			in.sent(r, "A1 A2 A2 A3 ")
			if got := r.all(); got[1].id != got[2].id || got[2].id == got[3].id {
				t.Errorf("got message ids %s, %s, %s", got[1].id, got[2].id, got[3].id)
			}
		})
	}
}

func TestWorkersShareWorkWithoutDuplicates(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			in := install(t, databasetest.Open(t, url, migrations))
			other := install(t, databasetest.Open(t, url, migrations))
			other.config.Clock = in.clock
			var receivers []*receiver
			for range 3 {
				r := receive(t, nil)
				receivers = append(receivers, r)
				in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
			}
			in.work()
			in.work()
			other.work()
			want := ""
			for n := range 40 {
				in.put("a", "Item", "items/A", fmt.Sprint(n))
				want += fmt.Sprint(n, " ")
			}
			for _, r := range receivers {
				in.sent(r, want)
			}
			in.idle()
			for _, r := range receivers {
				in.sent(r, want)
			}
		})
	}
}

func TestSlowReceiverDoesNotBlockOthers(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		arrived, release := make(chan struct{}, 100), make(chan struct{})
		slow := receive(t, func(delivery) int {
			arrived <- struct{}{}
			<-release
			return http.StatusOK
		})
		quick := receive(t, nil)
		made := in.endpoint(&pb.WebhookEndpoint{Url: slow.URL})
		in.endpoint(&pb.WebhookEndpoint{Url: quick.URL})
		in.work()
		in.put("a", "Item", "items/A", "0")
		<-arrived
		want := "0 "
		for n := range 30 {
			in.put("a", "Item", "items/A", fmt.Sprint(n))
			want += fmt.Sprint(n, " ")
		}
		in.sent(quick, want)
		if _, err := in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{
			WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName(), Description: "slow"},
		}); err != nil {
			t.Errorf("changing the endpoint during a delivery: %v", err)
		}
		close(release)
		in.sent(slow, want)
	})
}

func TestGoneEndpointIsDisabledAndKeepsItsPosition(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, always(http.StatusGone))
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.put("a", "Item", "items/A", "A1")
		eventually(t, "it is disabled", func() bool { return in.get(made.GetName()).GetDisabled() })
		in.put("a", "Item", "items/A", "A2")
		in.clock.Advance(24 * time.Hour)
		in.idle()
		in.sent(r, "A1 ")
		found := in.get(made.GetName())
		history, err := in.changes.ListChanges(as("a"), &changesv1.ListChangesRequest{Resource: made.GetName()})
		if err != nil || len(history.GetChanges()) != 2 || history.GetChanges()[1].GetActor() != "webhooks" || found.GetDisabledReason() != "GONE" {
			t.Errorf("disabled: %v; history %v (%v)", found, history, err)
		}
		r.answerWith(nil)
		found.Disabled = false
		if found, err = in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: found, UpdateMask: mask("disabled")}); err != nil || found.GetDisabledReason() != "" {
			t.Fatalf("enabling: %v (%v)", found, err)
		}
		in.sent(r, "A1 A1 A2 ")
	})
}
