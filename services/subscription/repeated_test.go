package subscription_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestEveryActionIsRepeatedByItsReference does every action with a transaction reference, and again: at once, and once everything has happened, when
// the state, what it names and what it moved to are not what they were. It answers with the first action and changes nothing.
func TestEveryActionIsRepeatedByItsReference(t *testing.T) {
	f := startTypes(t)
	f.must(t, "CatalogueService", "UpdateSubscriptionType", `{"subscription_type":{"name":"`+demoType+`","life_cycle_rules":{"cooling_off_days":14,"verify_activation":true}}}`)
	for _, number := range []string{"one", "two", "three", "four", "five"} {
		f.create(t, number, `"services":[{"id":"1","product":"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"}]`)
	}
	for _, item := range []string{"old", "new"} {
		f.must(t, "CatalogueService", "CreateInstalledItem", `{"installed_item_id":"`+item+`","installed_item":{"serial_number":"`+item+`"}}`)
	}
	const television, later, terms = `products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02`, `"end_date":{"year":2026,"month":6,"day":1}`, `"classification":"ACTION_CLASSIFICATION_`
	calls := []struct{ method, of, body string }{
		{"ActivateSubscription", "one", later}, {"ResumeSubscription", "one", ``}, {"ActivateSubscription", "one", ``},
		{"DeactivateSubscription", "one", later}, {"ResumeSubscription", "one", ``},
		{"DeactivateSubscription", "one", ``}, {"ActivateSubscription", "one", ``},
		{"RestSubscription", "one", later}, {"ResumeSubscription", "one", ``},
		{"AddSubscriptionServices", "one", `"products":["` + television + `"]`}, {"RemoveSubscriptionServices", "one", `"service_ids":["1"]`},
		{"AddSubscriptionInstalledItems", "one", `"installed_items":["installedItems/old"]`},
		{"SwapSubscriptionInstalledItems", "one", `"swaps":[{"item_id":"ITEM","installed_item":"installedItems/new"}]`},
		{"MoveSubscriptionInstalledItems", "one", `"item_ids":["ITEM"],"destination":"subscriptions/two"`},
		{"RemoveSubscriptionInstalledItems", "two", `"item_ids":["ITEM"]`},
		{"AmendBillingTerms", "one", terms + `NO_BINDING_PERIOD_TERM_CHANGES","billing_terms":{"scheme":"SCHEME","frequency":"BILLING_FREQUENCY_MONTHLY","cycle_day":1}`},
		{"AmendBillingTerms", "one", terms + `NEW_BINDING_PERIOD_TERMS","billing_terms":{"binding_period":"BINDING_PERIOD_CODE_ANNUAL"}`},
		{"AmendBillingTerms", "one", terms + `CANCELED_BINDING_PERIOD_TERMS"`},
		{"CancelSubscription", "one", `"details":{"schedule_time":"2099-01-01T00:00:00Z","REFERENCE"}`},
		{"ActivateSubscription", "four", ``}, {"VerifySubscription", "four", ``},
		{"SwapSubscriptionServices", "four", `"swaps":[{"service_id":"1","product":"` + television + `"}]`},
		{"ReplaceSubscription", "one", `"replacement":"subscriptions/two"`},
		{"ActivateSubscription", "five", ``}, {"VerifySubscription", "five", ``},
		{"ReplaceSubscription", "five", `"replacement_type":"` + demoType + `","swaps":[{"service_id":"1","product":"` + television + `"}],"products":["` + television + `"]`},
		{"RegretSubscription", "two", ``}, {"CancelSubscription", "three", ``},
	}
	schemes := f.must(t, "BillingTermSchemeService", "ListBillingTermSchemes", `{}`)
	scheme := schemes["billing_term_schemes"].([]any)[0].(map[string]any)["name"].(string)
	item := ""
	request := func(n int) string {
		call := calls[n]
		reference := fmt.Sprintf(`"transaction_reference":"R%d","action_type":"actionTypes/complaint","sub_action_type":"actionTypes/phone"`, n)
		body := strings.NewReplacer("ITEM", item, `"REFERENCE"`, reference, "SCHEME", scheme).Replace(call.body)
		parts := []string{`"name":"subscriptions/` + call.of + `"`}
		if body != "" {
			parts = append(parts, body)
		}
		if !strings.Contains(body, `"details"`) {
			parts = append(parts, `"details":{`+reference+`}`)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	names, requests := make([]any, len(calls)), make([]string, len(calls))
	repeat := func(n int, when string) {
		t.Helper()
		before := len(f.entries(t))
		again, err := f.call(t.Context(), t, "SubscriptionActionService", calls[n].method, requests[n])
		if err != nil || again["name"] != names[n] || len(f.entries(t)) != before {
			t.Errorf("%s %s repeated %s: got %v, %v, %d changes, want %v and none", calls[n].method, requests[n], when, again["name"], err, len(f.entries(t))-before, names[n])
		}
	}
	for n, call := range calls {
		requests[n] = request(n)
		done := f.must(t, "SubscriptionActionService", call.method, requests[n])
		names[n] = done["name"]
		if call.method == "AddSubscriptionInstalledItems" {
			item = done["installed_items"].([]any)[0].(map[string]any)["id"].(string)
		}
		if call.method == "ActivateSubscription" && done["effect"].(map[string]any)["state_after"] == "LIFE_CYCLE_STATE_PENDING_VERIFICATION" && call.of == "one" {
			f.must(t, "SubscriptionActionService", "VerifySubscription", `{"name":"subscriptions/one"}`)
		}
		repeat(n, "at once")
	}
	f.must(t, "ActionTypeService", "UpdateActionType", `{"action_type":{"name":"actionTypes/phone","inactive":true}}`)
	f.must(t, "ActionTypeService", "UpdateActionType", `{"action_type":{"name":"actionTypes/complaint","inactive":true}}`)
	f.must(t, "CatalogueService", "UpdateProduct", `{"product":{"name":"`+television+`","inactive":true}}`)
	f.must(t, "CatalogueService", "UpdateInstalledItem", `{"installed_item":{"name":"installedItems/new","inactive":true}}`)
	for n := range calls {
		repeat(n, "in the end")
	}
}
