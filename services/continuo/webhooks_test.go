package continuo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// TestWebhookIsSignedAndRetried runs everything in one process, with a webhook receiver that fails
// at first.
func TestWebhookIsSignedAndRetried(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0], "CONTINUO_ALLOW_PRIVATE_WEBHOOKS=true")
	type message struct {
		header http.Header
		body   []byte
	}
	received := make(chan message, 10)
	var attempts atomic.Int64
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if attempts.Add(1) == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
		received <- message{r.Header, body}
	}))
	defer receiver.Close()
	status, _, answer := in.send(t, "POST", "/recurring-billing/v1/webhookEndpoints?webhook_endpoint_id=e2e",
		map[string]string{"Content-Type": "application/json"}, `{"url":"`+receiver.URL+`","resourceTypes":["RecurringLine"]}`)
	if status != 200 {
		t.Fatalf("status %d: %s", status, answer)
	}
	secret, _ := decode(t, answer)["secret"].(string)
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, answer := in.send(t, "PUT", linePath, map[string]string{"Content-Type": "application/json"},
		`{"ItemCode":"RMR-MON","BillCycle":"M","InvoiceItemMemo":"hooked"}`); status != 204 {
		t.Fatalf("status %d: %s", status, answer)
	}
	var ids [2]string
	for attempt := range ids {
		select {
		case got := <-received:
			if err := verifier.Verify(got.body, got.header); err != nil {
				t.Errorf("attempt %d: verifying the signature: %v", attempt+1, err)
			}
			ids[attempt] = got.header.Get("webhook-id")
			var event struct {
				Type string
				Data struct {
					Resource string
					State    struct{ Memo string }
				}
			}
			if err := json.Unmarshal(got.body, &event); err != nil || event.Type != "RecurringLine.updated" ||
				event.Data.Resource != "recurringLines/1" || event.Data.State.Memo != "hooked" {
				t.Errorf("attempt %d: got body %s (%v)", attempt+1, got.body, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("attempt %d was not received\n%s", attempt+1, in.logs())
		}
	}
	if ids[0] == "" || ids[0] != ids[1] {
		t.Errorf("got message ids %q and %q, want equal ones", ids[0], ids[1])
	}
}
