package webhooks_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/sealing"
	"github.com/continuo-billing/continuo/services/platform/webhooks"
)

// texts returns the texts of the secrets in the row of an endpoint.
func (in *installation) texts(endpoint string) (current, previous string) {
	in.t.Helper()
	if err := in.db.Read(in.t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT secret, previous_secret FROM webhook_endpoints WHERE id = $1`, endpoint).Scan(&current, &previous)
	}); err != nil {
		in.t.Fatal(err)
	}
	return current, previous
}

func TestSecretsAreSealed(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		made, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpointId: "erp", WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}})
		if err != nil {
			t.Fatal(err)
		}
		rotated, err := in.RotateWebhookSecret(as("a"), &pb.RotateWebhookSecretRequest{Name: made.GetName()})
		if err != nil || !strings.HasPrefix(rotated.GetSecret(), "whsec_") {
			t.Fatalf("rotated: %v (%v)", rotated, err)
		}
		current, previous := in.texts("erp")
		if !strings.HasPrefix(current, sealing.Prefix) || !strings.HasPrefix(previous, sealing.Prefix) {
			t.Errorf("stored: %q and %q, want sealed texts", current, previous)
		}
	})
}

func TestClearSecretsAreSealedLater(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		if _, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpointId: "erp", WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}}); err != nil {
			t.Fatal(err)
		}
		databasetest.Execute(t, in.db, `UPDATE webhook_endpoints SET secret = 'whsec_of-the-day-before', previous_secret = ''`)
		in.get("webhookEndpoints/erp")
		if rows, err := in.db.Reseal(t.Context(), webhooks.Sealed); err != nil || rows != 1 {
			t.Fatalf("sealed %d rows (%v), want 1", rows, err)
		}
		current, previous := in.texts("erp")
		if opened, err := in.db.Secrets().Open(current, "webhook_endpoints", "a", "erp"); err != nil || opened != "whsec_of-the-day-before" || previous != "" {
			t.Errorf("sealed: %q and %q (%v)", opened, previous, err)
		}
		if _, err := sealing.Rotate(in.db.Secrets().Path()); err != nil {
			t.Fatal(err)
		}
		if err := in.db.Secrets().Reload(); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{1, 0} {
			if rows, err := in.db.Reseal(t.Context(), webhooks.Sealed); err != nil || rows != want {
				t.Errorf("after a rotation: sealed %d rows (%v), want %d", rows, err, want)
			}
		}
	})
}

// What a store on SQLite held in the clear must not stay in its files.
func TestSealingOverwritesClearSecrets(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	in := install(t, databasetest.Open(t, "sqlite:"+path, migrations))
	if _, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpointId: "erp", WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}}); err != nil {
		t.Fatal(err)
	}
	databasetest.Execute(t, in.db, `UPDATE webhook_endpoints SET secret = 'whsec_of-the-day-before'`)
	holds := func() (holds bool) {
		for _, name := range []string{path, path + "-wal"} {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			holds = holds || strings.Contains(string(text), "whsec_of-the-day-before")
		}
		return holds
	}
	if !holds() {
		t.Fatal("the clear secret is not in the files")
	}
	if _, err := in.db.Reseal(t.Context(), webhooks.Sealed); err != nil {
		t.Fatal(err)
	}
	if holds() {
		t.Error("the files still hold the clear secret")
	}
}

func TestWithoutKeys(t *testing.T) {
	each(t, func(t *testing.T, in *installation) {
		create := func(id string) error {
			_, err := in.CreateWebhookEndpoint(as("a"), &pb.CreateWebhookEndpointRequest{WebhookEndpointId: id, WebhookEndpoint: &pb.WebhookEndpoint{Url: "https://example.com"}})
			return err
		}
		if err := create("erp"); err != nil {
			t.Fatal(err)
		}
		databasetest.Execute(t, in.db, `UPDATE webhook_endpoints SET secret = 'whsec_of-the-day-before'`)
		in.db.SealWith(nil)
		var failed *fault.Error
		if err := create("crm"); !errors.As(err, &failed) || failed.Reason != "SEALING_KEY_MISSING" {
			t.Errorf("a new secret: got %v", err)
		}
		if _, err := in.UpdateWebhookEndpoint(as("a"), &pb.UpdateWebhookEndpointRequest{WebhookEndpoint: &pb.WebhookEndpoint{Name: "webhookEndpoints/erp", Disabled: true}}); err != nil {
			t.Errorf("disabling an endpoint: got %v", err)
		}
		if _, err := in.db.Reseal(t.Context(), webhooks.Sealed); !errors.Is(err, fault.Unavailable) {
			t.Errorf("sealing a clear secret: got %v", err)
		}
	})
}
