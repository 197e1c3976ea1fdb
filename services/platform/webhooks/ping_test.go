package webhooks_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

func TestPingTellsWhoseTimeRanOut(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body) // until then the server does not notice that the caller left
			<-request.Context().Done()
		}))
		t.Cleanup(silent.Close)
		made := in.endpoint(&pb.WebhookEndpoint{Url: silent.URL})
		request := &pb.PingWebhookEndpointRequest{Name: made.GetName()}
		config := in.config
		config.PingTimeout = 50 * time.Millisecond
		response, err := webhooks.NewServer(config).PingWebhookEndpoint(as("a"), request)
		if err != nil || response.GetAttempt().GetDelivered() || response.GetAttempt().GetError() != "no response within 50ms" {
			t.Errorf("a silent endpoint: got %v, %v", response, err)
		}
		impatient, cancel := context.WithTimeout(as("a"), 200*time.Millisecond)
		defer cancel()
		if response, err := in.PingWebhookEndpoint(impatient, request); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an impatient caller: got %v, %v", response, err)
		}
	})
}

// TestDeliveryCountsWhenTheCallerLeavesAfterIt checks that a delivered message is known to be, so that a
// dead letter that was sent by hand is not kept.
func TestDeliveryCountsWhenTheCallerLeavesAfterIt(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		ctx, leave := context.WithCancel(as("a"))
		defer leave()
		accepting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			_, _ = io.Copy(io.Discard, request.Body) // until then the server does not notice that the caller left
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			time.AfterFunc(100*time.Millisecond, leave)
			<-request.Context().Done()
		}))
		t.Cleanup(accepting.Close)
		made := in.endpoint(&pb.WebhookEndpoint{Url: accepting.URL})
		response, err := in.PingWebhookEndpoint(ctx, &pb.PingWebhookEndpointRequest{Name: made.GetName()})
		if err != nil || !response.GetAttempt().GetDelivered() {
			t.Errorf("got %v, %v", response, err)
		}
	})
}

func TestRepetitionShowsSecretToItsActorAlone(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		made := in.endpoint(&pb.WebhookEndpoint{Url: "https://example.com"})
		calls := map[string]func(context.Context) (*pb.WebhookEndpoint, error){
			"creation": func(ctx context.Context) (*pb.WebhookEndpoint, error) {
				return in.CreateWebhookEndpoint(ctx, &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}})
			},
			"rotation": func(ctx context.Context) (*pb.WebhookEndpoint, error) {
				return in.RotateWebhookSecret(ctx, &pb.RotateWebhookSecretRequest{Name: made.GetName()})
			},
		}
		for what, call := range calls {
			keyed := func(actor string) context.Context {
				return mutation.WithKey(auth.With(t.Context(), auth.Principal{Tenant: "a", Actor: actor}), mutation.Key{Text: what})
			}
			shown, err := call(keyed("ann"))
			if err != nil || shown.GetSecret() == "" {
				t.Fatalf("%s: got %v, %v", what, shown, err)
			}
			if again, err := call(keyed("ann")); err != nil || again.GetSecret() != shown.GetSecret() {
				t.Errorf("%s repeated by its actor: got %v, %v", what, again, err)
			}
			if again, err := call(keyed("ben")); err != nil || again.GetName() != shown.GetName() || again.GetSecret() != "" {
				t.Errorf("%s repeated by another actor: got %v, %v", what, again, err)
			}
		}
	})
}
