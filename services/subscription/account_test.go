package subscription_test

import (
	"testing"

	"google.golang.org/grpc/codes"
)

// TestAccountsAreSuspendedReactivatedAndTerminated leads two accounts through their states: one that owns a
// subscription, and one that owns none.
func TestAccountsAreSuspendedReactivatedAndTerminated(t *testing.T) {
	f := startFixture(t)
	f.must(t, "AccountService", "CreateAccount", `{"account_id":"free","account":{"number":"F","display_name":"F","account_owner":{"type":"CONTACT_TYPE_PERSON"}}}`)
	const owner = "1C414B9447E158F4CFE85BFE049704E3"
	terminated := rejection{codes.FailedPrecondition, "ACCOUNT_NOT_ACTIVE", ""}
	for _, step := range []struct {
		method, id, state string
		want              rejection
	}{
		{"SuspendAccount", owner, "STATE_SUSPENDED", rejection{}},
		{"SuspendAccount", owner, "STATE_SUSPENDED", rejection{}},
		{"TerminateAccount", owner, "", rejection{codes.FailedPrecondition, "IN_USE", ""}},
		{"ReactivateAccount", "free", "STATE_ACTIVE", rejection{}},
		{"TerminateAccount", "free", "STATE_TERMINATED", rejection{}},
		{"TerminateAccount", "free", "STATE_TERMINATED", rejection{}},
		{"SuspendAccount", "free", "", terminated},
		{"ReactivateAccount", "free", "", terminated},
		{"ReactivateAccount", "none", "", rejection{codes.NotFound, "NOT_FOUND", ""}},
	} {
		got, err := f.call(t.Context(), t, "AccountService", step.method, `{"name":"accounts/`+step.id+`"}`)
		if step.want != (rejection{}) {
			expectRejection(t, err, step.want)
		} else if err != nil || got["state"] != step.state {
			t.Errorf("%s of %s: got %v, %v, want %s", step.method, step.id, got["state"], err, step.state)
		}
	}
	_, err := f.call(t.Context(), t, "AccountService", "SuspendAccount", `{"name":"accounts/`+owner+`","etag":"other"}`)
	expectRejection(t, err, rejection{codes.Aborted, "ETAG_MISMATCH", ""})
	_, err = f.call(t.Context(), t, "SubscriptionService", "CreateSubscription", draft("new", `"notes":""`))
	expectRejection(t, err, rejection{codes.FailedPrecondition, "ACCOUNT_NOT_ACTIVE", "subscription.account"})
	if _, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"notes":"of a suspended account"}`); err != nil {
		t.Errorf("updating the subscription of a suspended account: %v", err)
	}
	f.must(t, "AccountService", "ReactivateAccount", `{"name":"accounts/`+owner+`"}`)
	f.create(t, "new", `"notes":""`)
}

func TestAccountsHaveAClassificationAndTermsOfCredit(t *testing.T) {
	f := startFixture(t)
	f.must(t, "AccountClassificationService", "CreateAccountClassification", `{"account_classification":{"display_name":"Old","inactive":true},"account_classification_id":"old"}`)
	change := func(fields string) (map[string]any, error) {
		return f.call(t.Context(), t, "AccountService", "UpdateAccount", `{"account":{"name":"accounts/1C414B9447E158F4CFE85BFE049704E3",`+fields+`}}`)
	}
	const private = "accountClassifications/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A05"
	got, err := change(`"classification":"` + private + `","currency_code":"EUR","credit_limit":{"value":"500.00"},"credit_period_days":30,"credit_period_operator":"CREDIT_PERIOD_OPERATOR_MINUS"`)
	if err != nil || got["classification"] != private || got["currency_code"] != "EUR" || got["credit_limit"].(map[string]any)["value"] != "500.00" ||
		got["credit_period_days"] != 30.0 || got["credit_period_operator"] != "CREDIT_PERIOD_OPERATOR_MINUS" {
		t.Errorf("got %v, %v", got, err)
	}
	for fields, want := range map[string]rejection{
		`"classification":"accountClassifications/old"`:  {codes.InvalidArgument, "INACTIVE", "account.classification"},
		`"classification":"accountClassifications/none"`: {codes.NotFound, "NOT_FOUND", "account.classification"},
		`"currency_code":"XQQ"`:                          {codes.InvalidArgument, "UNKNOWN_CURRENCY", "account.currency_code"},
		`"credit_limit":{"value":"-1"}`:                  {codes.InvalidArgument, "OUT_OF_RANGE", "account.credit_limit"},
		`"credit_period_days":3651`:                      {codes.InvalidArgument, "OUT_OF_RANGE", "account.credit_period_days"},
	} {
		_, err := change(fields)
		expectRejection(t, err, want)
	}
	listed := f.must(t, "AccountService", "ListAccounts", `{"filter":"classification = \"`+private+`\""}`)
	if found, _ := listed["accounts"].([]any); len(found) != 1 {
		t.Errorf("accounts of the classification: got %v", listed)
	}
	_, err = f.call(t.Context(), t, "AccountClassificationService", "DeleteAccountClassification", `{"name":"`+private+`"}`)
	expectRejection(t, err, rejection{codes.FailedPrecondition, "IN_USE", ""})
}
