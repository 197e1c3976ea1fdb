package webhooks_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

func TestReplaySendsPastChangesAgain(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		in.put("a", "Item", "items/A", "A1")
		r := receive(t, nil)
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.put("a", "Item", "items/B", "B1", "B2")
		in.sent(r, "B1 B2 ")
		list, err := in.changes.ListChanges(as("a"), &changesv1.ListChangesRequest{Resource: "items/B"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ after, want string }{
			{list.GetChanges()[0].GetToken(), "B1 B2 B2 "}, {"", "B1 B2 B2 A1 B1 B2 "},
		} {
			if _, err := in.ReplayWebhookEndpoint(as("a"), &pb.ReplayWebhookEndpointRequest{Name: made.GetName(), After: c.after}); err != nil {
				t.Fatal(err)
			}
			in.sent(r, c.want)
		}
		if got := r.all(); got[1].id != got[2].id {
			t.Errorf("message id changed from %s to %s in a replay", got[1].id, got[2].id)
		}
		wrong := func(after string) {
			t.Helper()
			if _, err := in.ReplayWebhookEndpoint(as("a"), &pb.ReplayWebhookEndpointRequest{Name: made.GetName(), After: after}); err == nil {
				t.Errorf("replaying after %q must fail", after)
			}
		}
		wrong("nonsense")
		wrong("eyJUcmFuc2FjdGlvbiI6OTIyMzM3MjAzNjg1NDc3NTgwNywiU2VxdWVuY2UiOjF9") // a place far ahead
		in.idle()
		in.sent(r, "B1 B2 B2 A1 B1 B2 ")
	})
}

func TestDeliveryInProgressDoesNotUndoReplay(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		in.put("a", "Item", "items/A", "A1")
		arrived, release := make(chan struct{}), make(chan struct{})
		r := receive(t, func(one delivery) int {
			if one.state == "A2" {
				arrived <- struct{}{}
				<-release
			}
			return http.StatusOK
		})
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.put("a", "Item", "items/A", "A2")
		in.work()
		<-arrived
		if _, err := in.ReplayWebhookEndpoint(as("a"), &pb.ReplayWebhookEndpointRequest{Name: made.GetName()}); err != nil {
			t.Fatal(err)
		}
		go func() { <-arrived }()
		close(release)
		in.sent(r, "A2 A1 A2 ")
	})
}

func TestSendRejectsPrivateTargetsAndRedirects(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		in.config.AllowPrivateTargets = false
		reached := false
		target := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
		defer target.Close()
		private := in.endpoint(&pb.WebhookEndpoint{Url: strings.Replace(target.URL, "127.0.0.1", "localhost", 1)})
		plain := in.endpoint(&pb.WebhookEndpoint{Url: strings.Replace(target.URL, "https", "http", 1)})
		stop := in.work()
		in.put("a", "Item", "items/A", "A1")
		for _, endpoint := range []*pb.WebhookEndpoint{private, plain} {
			eventually(t, "it is rejected", func() bool { return in.get(endpoint.GetName()).GetDelivery().GetFailedAttempts() == 1 })
			if reason := in.get(endpoint.GetName()).GetDelivery().GetLastError(); !strings.Contains(reason, "is not public") || reached {
				t.Errorf("%s: got %s (reached: %v)", endpoint.GetUrl(), reason, reached)
			}
		}
		stop()

		in.config.AllowPrivateTargets = true
		elsewhere := receive(t, nil)
		redirect := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
		defer redirect.Close()
		redirected := in.endpoint(&pb.WebhookEndpoint{Url: redirect.URL})
		in.work()
		in.put("a", "Item", "items/A", "A2")
		eventually(t, "it is rejected", func() bool { return in.get(redirected.GetName()).GetDelivery().GetFailedAttempts() == 1 })
		if reason := in.get(redirected.GetName()).GetDelivery().GetLastError(); !strings.Contains(reason, "redirect") || len(elsewhere.all()) > 0 {
			t.Errorf("got %s; the target received %d", reason, len(elsewhere.all()))
		}
	})
}

func TestLargeChangesAreSentWithoutState(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, nil)
		in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.put("a", "Item", "items/A", strings.Repeat("x", 256<<10))
		eventually(t, "it comes", func() bool { return len(r.all()) == 1 })
		if got := r.all()[0]; got.state != "" || got.resource != "items/A" || len(got.body) > 1000 {
			t.Errorf("got %d bytes of %s", len(got.body), got.resource)
		}
	})
}

func TestWorkerFinishesAttemptsWhenStopped(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		arrived, release := make(chan struct{}), make(chan struct{})
		r := receive(t, func(delivery) int {
			close(arrived)
			<-release
			return http.StatusOK
		})
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.put("a", "Item", "items/A", "A1", "A2")
		stop := in.work()
		<-arrived
		stopped := make(chan struct{})
		go func() {
			stop()
			close(stopped)
		}()
		close(release)
		<-stopped
		if got := in.get(made.GetName()).GetDelivery(); got.GetLastDeliveryTime() == nil || r.states() != "A1 " {
			t.Errorf("stopped after %q, delivery state %v", r.states(), got)
		}
		r.answerWith(nil)
		in.work()
		in.sent(r, "A1 A2 ")
	})
}

func TestMissedChangesAreLoggedAndOthersSent(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		prune := func() {
			t.Helper()
			if err := in.db.Write(context.Background(), func(ctx context.Context, tx *database.Tx) error {
				return feed.Prune(ctx, tx, in.clock.Now().Add(-time.Hour))
			}); err != nil {
				t.Fatal(err)
			}
		}
		r := receive(t, nil)
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		stop := in.work()
		in.put("a", "Item", "items/A", "A1")
		in.sent(r, "A1 ")
		stop()
		in.put("b", "Item", "items/A", "of another tenant")
		in.clock.Advance(2 * time.Hour)
		in.put("b", "Item", "items/A", "of another tenant")
		before := in.get(made.GetName()).GetDelivery().GetToken()
		stop = in.work() // its sweep notices that nothing waits
		eventually(t, "the cursor follows the feed", func() bool { return in.get(made.GetName()).GetDelivery().GetToken() != before })
		prune()
		in.put("a", "Item", "items/A", "A2")
		in.sent(r, "A1 A2 ")
		stop()
		if log := in.log.String(); log != "" {
			t.Errorf("no change was missed, but the log says: %s", log)
		}
		in.put("a", "Item", "items/A", "A3")
		in.clock.Advance(2 * time.Hour)
		in.put("a", "Item", "items/A", "A4")
		prune()
		in.work()
		in.sent(r, "A1 A2 A4 ")
		if log := in.log.String(); !strings.Contains(log, "were removed before they could be sent") {
			t.Errorf("missed changes are not logged: %s", log)
		}
	})
}

// TestClockSetBackDoesNotDelayEndpoints checks that a clock that was ahead does not delay an
// endpoint until that time.
func TestClockSetBackDoesNotDelayEndpoints(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, always(http.StatusInternalServerError))
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.work()
		in.clock.Advance(365 * 24 * time.Hour)
		in.put("a", "Item", "items/A", "A1")
		eventually(t, "it fails", func() bool { return in.get(made.GetName()).GetDelivery().GetFailedAttempts() == 1 })
		r.answerWith(nil)
		in.clock.Advance(-365 * 24 * time.Hour)
		in.sent(r, "A1 A1 ")
	})
}

func TestWorkerLogsStoreErrorsAndStops(t *testing.T) {
	db, err := database.Open(context.Background(), databasetest.URL(t, database.SQLite), migrations)
	if err != nil {
		t.Fatal(err)
	}
	in := install(t, db)
	stop := in.work()
	eventually(t, "it is logged", func() bool { return strings.Contains(in.log.String(), "sending webhooks failed") })
	stop()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}
