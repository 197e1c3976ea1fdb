package continuo_test

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// toured are reads that a move to another engine must not change, besides all lists and feeds.
var toured = []string{
	linePath, "/api/item", "/api/customerrecurring/2", "/recurring-billing/v1/invoices", "/recurring-billing/v1/cycleRuns",
	"/recurring-billing/v1/items?filter=description%3D%22Monitoring%22", "/recurring-billing/v1/recurringLines?order_by=create_time%20desc",
	"/recurring-billing/v1/billingProfile", "/recurring-billing/v1/billingSchedule", "/recurring-billing/v1/webhookEndpoints",
	"/subscription/v1/subscriptions?filter=number%3D%22S60117%22",
	"/subscription/v1/webhookEndpoints", "/customer-recurrence/v1/customers/C-1001", "/customer-recurrence/v1/customers?page_size=1",
}

// tour returns the answers to reads: by path, all resources by name, and all changes of each feed.
func (in *installation) tour(t *testing.T) map[string]any {
	t.Helper()
	answers := map[string]any{}
	for _, path := range toured {
		status, mediaType, body := in.send(t, http.MethodGet, path, map[string]string{"Accept": "application/json"}, "")
		if status != http.StatusOK {
			t.Errorf("GET %s: status %d: %s", path, status, body)
		}
		answers[path] = []any{mediaType, withoutTokens(body)}
	}
	for service := range collections {
		answers[service] = in.listed(t, service)
		var changes []any
		for _, change := range in.pages(t, "/"+service+"/v1/changes") {
			delete(change, "token") // is sealed anew
			changes = append(changes, change)
		}
		answers[service+" changes"] = changes
	}
	return answers
}

// sealedToken is a token in an answer, which is sealed anew for every answer.
var sealedToken = regexp.MustCompile(`"(token|nextPageToken)":"[^"]+"`)

func withoutTokens(body string) string { return sealedToken.ReplaceAllString(body, `"$1":"..."`) }

// billed bills everything that is due as of the end of a month of 2026, and returns the run.
func (in *installation) billed(t *testing.T, month string) map[string]any {
	t.Helper()
	status, _, answer := in.send(t, http.MethodPost, "/recurring-billing/v1/cycleRuns", map[string]string{"Content-Type": "application/json"},
		`{"asOfDate":{"year":2026,"month":`+month+`,"day":28}}`)
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, answer)
	}
	name, _ := decode(t, answer)["name"].(string)
	return in.awaitRun(t, name)
}

// TestStoresMoveToPostgreSQL copies the stores of a stopped installation to PostgreSQL. What was read
// before must be read after, a repeated change has its answer of before, secrets included, and billing
// goes on with the next number.
func TestStoresMoveToPostgreSQL(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0], "CONTINUO_ALLOW_PRIVATE_WEBHOOKS=true")
	in.billed(t, "3")
	hook := func(in *installation) string {
		headers := map[string]string{"Content-Type": "application/json", "Idempotency-Key": "hook"}
		status, _, answer := in.send(t, http.MethodPost, "/recurring-billing/v1/webhookEndpoints?webhook_endpoint_id=moved", headers,
			`{"url":"http://127.0.0.1:9/","resourceTypes":["Item"]}`)
		if status != http.StatusOK {
			t.Errorf("status %d: %s", status, answer)
		}
		return withoutTokens(answer)
	}
	created := hook(in)
	before := in.tour(t)
	issued := len(in.pages(t, "/recurring-billing/v1/invoices"))
	page := in.get(t, "/recurring-billing/v1/items?page_size=1")["nextPageToken"].(string)
	second := in.get(t, "/recurring-billing/v1/items?page_size=1&page_token="+page)

	folder := in.setting("CONTINUO_DATA_DIR")
	settings := []string{"CONTINUO_DEMO=false", "CONTINUO_ALLOW_PRIVATE_WEBHOOKS=true", "CONTINUO_SEALING_KEY_FILE=" + filepath.Join(folder, sealing.FileName)}
	for name, migrations := range databases {
		settings = append(settings, name+"="+databasetest.Migrated(t, database.PostgreSQL, migrations))
	}
	moved := prepare(t, forms[2], settings...)
	moved.refuses(t, "copy-stores", folder) // a program serves the stores
	in.stop(t)
	moved.operator(t, "copy-stores", folder)
	moved.refuses(t, "copy-stores", folder) // there are rows now
	moved.start(t)

	if diff := cmp.Diff(before, moved.tour(t)); diff != "" {
		t.Errorf("what is read differs (-SQLite +PostgreSQL):\n%s", diff)
	}
	if again := hook(moved); again != created {
		t.Errorf("a repeated change: got %s, want %s", again, created)
	}
	if got := moved.get(t, "/recurring-billing/v1/items?page_size=1&page_token="+page); !cmp.Equal(got, second) {
		t.Errorf("the second page: got %v, want %v", got, second)
	}
	run := moved.billed(t, "6")
	invoices := moved.pages(t, "/recurring-billing/v1/invoices")
	numbers := map[any]bool{}
	for _, invoice := range invoices {
		numbers[invoice["number"]] = true
	}
	for n := range invoices {
		if !numbers[strconv.Itoa(n+1)] {
			t.Errorf("%d invoices have the numbers %v", len(invoices), numbers)
		}
	}
	if run["state"] != "STATE_SUCCEEDED" || len(invoices) <= issued || issued == 0 {
		t.Errorf("billing after the move: got %d invoices after %d, and %v", len(invoices), issued, run)
	}
}
