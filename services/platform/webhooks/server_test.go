package webhooks_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"buf.build/go/protovalidate"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

func mask(paths ...string) *fieldmaskpb.FieldMask { return &fieldmaskpb.FieldMask{Paths: paths} }

func TestEndpointLifecycle(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		request := &pb.CreateWebhookEndpointRequest{WebhookEndpointId: "erp", ValidateOnly: true, WebhookEndpoint: &pb.WebhookEndpoint{
			Name: "ignored", Url: "https://example.com/hook?k=v", Description: "ERP", ResourceTypes: []string{"Item"}, Kinds: []changesv1.Kind{changesv1.Kind_KIND_CREATED},
		}}
		if preview, err := in.CreateWebhookEndpoint(mutation.ValidateOnly(as("a")), request); err != nil || preview.GetName() != "webhookEndpoints/erp" || preview.GetSecret() != "" {
			t.Fatalf("preview: %v (%v)", preview, err)
		}
		request.ValidateOnly = false
		made, err := in.CreateWebhookEndpoint(as("a"), request)
		if err != nil || !strings.HasPrefix(made.GetSecret(), "whsec_") || made.GetDelivery() == nil {
			t.Fatalf("created: %v (%v)", made, err)
		}
		if _, err := in.CreateWebhookEndpoint(as("a"), request); !errors.Is(err, fault.AlreadyExists) {
			t.Errorf("taken id: got %v", err)
		}
		made.Secret = ""
		if read := in.get("webhookEndpoints/erp"); !proto.Equal(read, made) {
			t.Errorf("got %v, want %v", read, made)
		}
		in.clock.Advance(time.Second)
		changed, err := in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{UpdateMask: mask("description", "resource_types", "disabled"),
			WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName(), Etag: made.GetEtag(), Disabled: true, Url: "http://not.named"}})
		if err != nil || changed.GetDescription() != "" || len(changed.GetResourceTypes()) != 0 || changed.GetDisabledReason() != "BY_REQUEST" ||
			changed.GetUrl() != made.GetUrl() || len(changed.GetKinds()) != 1 || changed.GetEtag() == made.GetEtag() || !changed.GetUpdateTime().AsTime().After(made.GetUpdateTime().AsTime()) {
			t.Errorf("changed: %v (%v)", changed, err)
		}
		again, err := in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: changed})
		if err != nil || again.GetEtag() != changed.GetEtag() {
			t.Errorf("change to the same values: got %v, %v", again, err)
		}
		var nothing *fault.Error
		_, err = in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName()}})
		if !errors.As(err, &nothing) || nothing.Reason != "NOTHING_TO_CHANGE" {
			t.Errorf("empty change: got %v", err)
		}
		for what, etag := range map[string]func(etag string) error{
			"update": func(etag string) error {
				_, err := in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName(), Etag: etag, Description: "x"}})
				return err
			},
			"rotate": func(etag string) error {
				_, err := in.RotateWebhookSecret(as("a"), &pb.RotateWebhookSecretRequest{Name: made.GetName(), Etag: etag})
				return err
			},
			"delete": func(etag string) error {
				_, err := in.DeleteWebhookEndpoint(as("a"), &pb.DeleteWebhookEndpointRequest{Name: made.GetName(), Etag: etag})
				return err
			},
		} {
			if err := etag(made.GetEtag()); !errors.Is(err, fault.Conflict) {
				t.Errorf("%s with an old etag: got %v", what, err)
			}
		}
		if _, err := in.DeleteWebhookEndpoint(as("a"), &pb.DeleteWebhookEndpointRequest{Name: made.GetName(), Etag: changed.GetEtag()}); err != nil {
			t.Fatal(err)
		}
		if _, err := in.GetWebhookEndpoint(as("a"), &pb.GetWebhookEndpointRequest{Name: made.GetName()}); !errors.Is(err, fault.NotFound) {
			t.Errorf("deleted endpoint: got %v", err)
		}
		history, err := in.changes.ListChanges(as("a"), &changesv1.ListChangesRequest{})
		kinds := ""
		for _, change := range history.GetChanges() {
			kinds += change.GetKind().String() + " " + change.GetResource() + "; "
		}
		if want := "KIND_CREATED webhookEndpoints/erp; KIND_UPDATED webhookEndpoints/erp; KIND_DELETED webhookEndpoints/erp; "; kinds != want || err != nil {
			t.Errorf("got changes %s, %v", kinds, err)
		}
	})
}

func TestInvalidEndpointsAreRejected(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		made := in.endpoint(&pb.WebhookEndpoint{Url: "https://example.com"})
		strict := install(t, in.db)
		strict.config.AllowPrivateTargets = false
		server := webhooks.NewServer(strict.config)
		for _, url := range []string{
			"", "nonsense", "/hook", "https://", "https://:443", "http://example.com", "ftp://example.com", "https://user:pw@example.com", "https://example.com/#x",
			"https://127.0.0.1", "https://[::1]/", "https://10.1.2.3", "https://[::ffff:192.168.0.1]", "https://169.254.169.254/latest", "https://example.com:port",
		} {
			_, err := server.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: url}})
			if known, ok := fault.As(err); !ok || known.Reason != "INVALID_URL" || known.Violations[0].Field != "webhook_endpoint.url" {
				t.Errorf("creating with URL %q: %v", url, err)
			}
			_, err = server.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{UpdateMask: mask("*"),
				WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName(), Url: url}})
			if !errors.Is(err, fault.Invalid) {
				t.Errorf("changing to URL %q: %v", url, err)
			}
		}
		if _, err := server.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{UpdateMask: mask("secret"),
			WebhookEndpoint: &pb.WebhookEndpoint{Name: made.GetName()}}); !errors.Is(err, fault.Invalid) {
			t.Errorf("changing the secret: %v", err)
		}
		if now := in.get(made.GetName()); now.GetEtag() != made.GetEtag() {
			t.Errorf("got %v after a rejected change", now)
		}
	})
}

func TestRequestLimits(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	name := "webhookEndpoints/erp"
	long := strings.Repeat("x", 2001)
	endpoint := func(change func(*pb.WebhookEndpoint)) *pb.CreateWebhookEndpointRequest {
		e := &pb.WebhookEndpoint{Url: "https://example.com"}
		change(e)
		return &pb.CreateWebhookEndpointRequest{WebhookEndpoint: e}
	}
	for _, c := range []struct {
		request proto.Message
		valid   bool
	}{
		{endpoint(func(*pb.WebhookEndpoint) {}), true},
		{endpoint(func(e *pb.WebhookEndpoint) { e.Url = long }), false},
		{endpoint(func(e *pb.WebhookEndpoint) { e.Description = long }), false},
		{endpoint(func(e *pb.WebhookEndpoint) { e.ResourceTypes = []string{""} }), false},
		{endpoint(func(e *pb.WebhookEndpoint) { e.ResourceTypes = make([]string, 21) }), false},
		{endpoint(func(e *pb.WebhookEndpoint) { e.Kinds = []changesv1.Kind{0} }), false},
		{endpoint(func(e *pb.WebhookEndpoint) { e.Kinds = []changesv1.Kind{9} }), false},
		{&pb.CreateWebhookEndpointRequest{}, false},
		{&pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{}, WebhookEndpointId: "a/b"}, false},
		{&pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{}, RequestId: long}, false},
		{&pb.GetWebhookEndpointRequest{Name: name}, true},
		{&pb.GetWebhookEndpointRequest{}, false},
		{&pb.GetWebhookEndpointRequest{Name: name + "/deadLetters/1-1"}, false},
		{&pb.ListWebhookEndpointsRequest{PageSize: -1}, false},
		{&pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Name: name}}, true},
		{&pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{}}, false},
		{&pb.UpdateWebhookEndpointRequest{}, false},
		{&pb.DeleteWebhookEndpointRequest{Name: "erp"}, false},
		{&pb.RotateWebhookSecretRequest{Name: "erp"}, false},
		{&pb.PingWebhookEndpointRequest{Name: "erp"}, false},
		{&pb.ReplayWebhookEndpointRequest{Name: name, After: long}, false},
		{&pb.ListDeadLettersRequest{}, false},
		{&pb.GetDeadLetterRequest{Name: name + "/deadLetters/1-1"}, true},
		{&pb.GetDeadLetterRequest{Name: name}, false},
		{&pb.BatchGetWebhookEndpointsRequest{Names: []string{name}}, true},
		{&pb.BatchGetWebhookEndpointsRequest{}, false},
		{&pb.BatchGetWebhookEndpointsRequest{Names: make([]string, 101)}, false},
		{&pb.ReplayDeadLetterRequest{Name: name + "/deadLetters/1-1"}, true},
		{&pb.ReplayDeadLetterRequest{Name: name}, false},
	} {
		if err := validator.Validate(c.request); (err == nil) != c.valid {
			t.Errorf("%T{%v}: got %v, want valid %v", c.request, c.request, err, c.valid)
		}
	}
}

func TestSecretIsShownOnceAndNotStoredElsewhere(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, nil)
		ctx := mutation.WithKey(as("a"), mutation.Key{Text: "k"})
		request := &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: r.URL}}
		made, err := in.CreateWebhookEndpoint(ctx, request)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := in.CreateWebhookEndpoint(ctx, request); err != nil || again.GetName() != made.GetName() || again.GetSecret() != made.GetSecret() {
			t.Errorf("repeated creation: got %v, %v", again, err)
		}
		in.work()
		in.put("a", "Item", "items/A", "A1")
		in.sent(r, "A1 ")
		rotated, err := in.RotateWebhookSecret(as("a"), &pb.RotateWebhookSecretRequest{Name: made.GetName()})
		if err != nil || rotated.GetSecret() == made.GetSecret() || rotated.GetSecret() == "" {
			t.Fatalf("rotating: %v (%v)", rotated, err)
		}
		if again, err := in.CreateWebhookEndpoint(ctx, request); err != nil || again.GetSecret() != "" {
			t.Errorf("repeated creation returned the rotated secret (%v)", err)
		}
		ping := func() delivery {
			t.Helper()
			response, err := in.PingWebhookEndpoint(as("a"), &pb.PingWebhookEndpointRequest{Name: made.GetName()})
			if err != nil || !response.GetAttempt().GetDelivered() || response.GetAttempt().GetHttpStatus() != http.StatusOK {
				t.Fatalf("ping: %v (%v)", response, err)
			}
			got := r.all()
			return got[len(got)-1]
		}
		verify := func(one delivery, secret string) error {
			verifier, err := standardwebhooks.NewWebhook(secret)
			if err != nil {
				t.Fatal(err)
			}
			return verifier.VerifyIgnoringTimestamp(one.body, one.header)
		}
		both := ping()
		if both.typ != "webhook.ping" || verify(both, made.GetSecret()) != nil || verify(both, rotated.GetSecret()) != nil {
			t.Errorf("after the rotation: %s has signature %q", both.body, both.header)
		}
		in.clock.Advance(24 * time.Hour)
		if one := ping(); verify(one, made.GetSecret()) == nil || verify(one, rotated.GetSecret()) != nil {
			t.Errorf("a day after the rotation: got signature %q", one.header)
		}

		text := in.log.String() + fmt.Sprint(in.get(made.GetName()))
		list, err := in.ListWebhookEndpoints(as("a"), &pb.ListWebhookEndpointsRequest{})
		if err != nil || len(list.GetWebhookEndpoints()) != 1 {
			t.Fatalf("list: %v (%v)", list, err)
		}
		history, err := in.changes.ListChanges(as("a"), &changesv1.ListChangesRequest{Resource: made.GetName()})
		if err != nil || len(history.GetChanges()) != 2 {
			t.Fatalf("history: %v (%v)", history, err)
		}
		text += protojson.Format(list) + protojson.Format(history)
		if err := in.db.Read(context.Background(), func(ctx context.Context, tx *database.Tx) error {
			entries, err := feed.Read(ctx, tx, "a", feed.Position{}, feed.Filter{}, 100)
			if err != nil {
				return err
			}
			for _, entry := range entries {
				text += string(entry.State)
			}
			var outcome string
			if err := tx.QueryRowContext(ctx, `SELECT outcome FROM idempotency_keys`).Scan(&outcome); err != nil {
				return err
			}
			text += outcome
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, one := range r.all() {
			text += string(one.body) + fmt.Sprint(one.header)
		}
		for _, secret := range []string{made.GetSecret(), rotated.GetSecret()} {
			if strings.Contains(text, strings.TrimPrefix(secret, "whsec_")) {
				t.Errorf("a secret is stored outside its column")
			}
		}
	})
}

func TestEndpointsAreIsolatedByTenant(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		r := receive(t, always(http.StatusBadRequest))
		made := in.endpoint(&pb.WebhookEndpoint{Url: r.URL})
		in.put("a", "Item", "items/A", "A1")
		in.clock.Advance(4 * 24 * time.Hour)
		in.work()
		var letters *pb.ListDeadLettersResponse
		eventually(t, "there is a dead letter", func() (there bool) {
			var err error
			letters, err = in.ListDeadLetters(as("a"), &pb.ListDeadLettersRequest{Parent: made.GetName()})
			return err == nil && len(letters.GetDeadLetters()) == 1
		})
		name, b := made.GetName(), as("b")
		for what, try := range map[string]func() error{
			"get": func() error {
				_, err := in.GetWebhookEndpoint(b, &pb.GetWebhookEndpointRequest{Name: name})
				return err
			},
			"delete": func() error {
				_, err := in.DeleteWebhookEndpoint(b, &pb.DeleteWebhookEndpointRequest{Name: name})
				return err
			},
			"rotate": func() error {
				_, err := in.RotateWebhookSecret(b, &pb.RotateWebhookSecretRequest{Name: name})
				return err
			},
			"ping": func() error {
				_, err := in.PingWebhookEndpoint(b, &pb.PingWebhookEndpointRequest{Name: name})
				return err
			},
			"replay": func() error {
				_, err := in.ReplayWebhookEndpoint(b, &pb.ReplayWebhookEndpointRequest{Name: name})
				return err
			},
			"update": func() error {
				_, err := in.UpdateWebhookEndpoint(b, &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Name: name, Description: "x"}})
				return err
			},
			"batch": func() error {
				_, err := in.BatchGetWebhookEndpoints(b, &pb.BatchGetWebhookEndpointsRequest{Names: []string{name}})
				return err
			},
			"dead letter": func() error {
				_, err := in.GetDeadLetter(b, &pb.GetDeadLetterRequest{Name: letters.GetDeadLetters()[0].GetName()})
				return err
			},
			"dead letters": func() error { _, err := in.ListDeadLetters(b, &pb.ListDeadLettersRequest{Parent: name}); return err },
			"replay of a dead letter": func() error {
				_, err := in.ReplayDeadLetter(b, &pb.ReplayDeadLetterRequest{Name: letters.GetDeadLetters()[0].GetName()})
				return err
			},
		} {
			if err := try(); !errors.Is(err, fault.NotFound) {
				t.Errorf("%s by another tenant: %v", what, err)
			}
			if _, err := in.GetWebhookEndpoint(context.Background(), &pb.GetWebhookEndpointRequest{Name: name}); !errors.Is(err, fault.Unauthenticated) {
				t.Errorf("without a caller: %v", err)
			}
		}
		if list, err := in.ListWebhookEndpoints(b, &pb.ListWebhookEndpointsRequest{}); err != nil || len(list.GetWebhookEndpoints()) != 0 {
			t.Errorf("another tenant: got %v, %v", list, err)
		}
	})
}

func TestListPagesAndEndpointLimit(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		for range 100 {
			in.endpoint(&pb.WebhookEndpoint{Url: "https://example.com"})
		}
		_, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}})
		if !errors.Is(err, fault.ResourceExhausted) {
			t.Errorf("endpoint beyond the limit: got %v", err)
		}
		if _, err := in.CreateWebhookEndpoint(as("b"), &pb.CreateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}}); err != nil {
			t.Errorf("first endpoint of another tenant: got %v", err)
		}
		names, token := map[string]bool{}, ""
		for pages := 0; pages == 0 || token != ""; pages++ {
			response, err := in.ListWebhookEndpoints(as("a"), &pb.ListWebhookEndpointsRequest{PageSize: 33, PageToken: token})
			if err != nil || pages > 3 {
				t.Fatalf("page %d: %v", pages, err)
			}
			for _, endpoint := range response.GetWebhookEndpoints() {
				names[endpoint.GetName()] = true
			}
			token = response.GetNextPageToken()
		}
		if len(names) != 100 {
			t.Errorf("got %d endpoints, want 100", len(names))
		}
	})
}
