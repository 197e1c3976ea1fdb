package subscription_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
)

func jsonOf(t testing.TB, message proto.Message) string {
	t.Helper()
	text, err := protojson.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestListsFindWhatPeopleLookFor(t *testing.T) {
	f := startFixture(t)
	for method, requests := range map[string][]string{
		"CatalogueService/CreateGroup": {`{"group_id":"g1","group":{"display_name":"North"}}`},
		"AccountService/CreateAccount": {
			`{"account_id":"a1","account":{"number":"A-1","display_name":"Acme","account_owner":{"type":"CONTACT_TYPE_COMPANY","company_name":"Acme Ltd"}}}`,
			`{"account_id":"a2","account":{"number":"A-2","display_name":"Acme Nord","inactive":true,"account_owner":{"type":"CONTACT_TYPE_PERSON","family_name":"Specter"}}}`,
		},
		"OrganisationService/CreateUser": {
			`{"user_id":"u1","user":{"organisation":"organisations/demo","user_name":"mike","display_name":"Mike Ross","email":"mike@example.com","password":"12345678"}}`,
			`{"user_id":"u2","user":{"organisation":"organisations/demo","user_name":"rachel","disabled":true,"password":"12345678"}}`,
		},
	} {
		service, name, _ := strings.Cut(method, "/")
		for _, request := range requests {
			f.must(t, service, name, request)
		}
	}
	for _, request := range []string{
		`{"subscription_id":"s1","subscription":{"number":"N-1","account":"accounts/a1","group":"groups/g1"`,
		`{"subscription_id":"s2","business_classification":"BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION","subscription":{"number":"N-2","account":"accounts/a1"`,
	} {
		f.must(t, "SubscriptionService", "CreateSubscription", request+`,"subscription_type":"`+demoType+`"}}`)
	}
	f.must(t, "AccountService", "SuspendAccount", `{"name":"accounts/a1"}`)
	for _, test := range []struct{ service, method, filter, order, want string }{
		{"SubscriptionService", "ListSubscriptions", `number = "S60117"`, "", demoSubscription},
		{"SubscriptionService", "ListSubscriptions", `number:"N-*"`, "number desc", "subscriptions/s2 subscriptions/s1"},
		{"SubscriptionService", "ListSubscriptions", `state = LIFE_CYCLE_STATE_DRAFT`, "", "subscriptions/s2"},
		{"SubscriptionService", "ListSubscriptions", `account = "accounts/a1" AND NOT first_activated_date:*`, "", "subscriptions/s2"},
		{"SubscriptionService", "ListSubscriptions", `group = "groups/g1"`, "", "subscriptions/s1"},
		{"SubscriptionService", "ListSubscriptions", `NOT group:*`, "", demoSubscription + " subscriptions/s2"},
		{"SubscriptionService", "ListSubscriptions", `first_activated_date < "2020-01-01" AND rating_state = RATING_STATE_COMPLETED`, "", demoSubscription},
		{"SubscriptionService", "ListSubscriptions", `create_time >= "2026-01-15T10:00:00Z"`, "first_activated_date desc", "subscriptions/s2 subscriptions/s1 " + demoSubscription},
		{"AccountService", "ListAccounts", `display_name:"Acme*" AND inactive = false`, "", "accounts/a1"},
		{"AccountService", "ListAccounts", `inactive`, "", "accounts/a2"},
		{"AccountService", "ListAccounts", `state = STATE_SUSPENDED`, "", "accounts/a1"},
		{"AccountService", "ListAccounts", `account_owner.full_name = "Acme Ltd"`, "", "accounts/a1"},
		{"AccountService", "ListAccounts", `number != "A-1"`, "display_name desc", demoAccount + " accounts/a2"},
		{"CatalogueService", "ListInstalledItems", `serial_number = "SN-ROUTER-1"`, "", "installedItems/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03"},
		{"CatalogueService", "ListInstalledItems", `display_name:"Dec*"`, "display_name", "installedItems/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A04"},
		{"CatalogueService", "ListProducts", `type = PRODUCT_TYPE_SERVICE AND code:"TEL*"`, "", "products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A02"},
		{"CatalogueService", "ListSubscriptionTypes", `display_name = "United Kingdom" AND NOT classification:*`, "", demoType},
		{"CatalogueService", "ListGroups", `inactive = false`, "display_name", "groups/" + demoGroup + " groups/g1"},
		{"OrganisationService", "ListOrganisations", `display_name = "Demo"`, "", "organisations/demo"},
		{"OrganisationService", "ListUsers", `email = "mike@example.com"`, "", "users/u1"},
		{"OrganisationService", "ListUsers", `display_name:"Mike*" OR user_name = "rachel"`, "user_name desc", "users/u2 users/u1"},
		{"OrganisationService", "ListUsers", `disabled`, "", "users/u2"},
		{"OrganisationService", "ListUsers", `organisation = "organisations/demo" AND disabled = false`, "display_name", "users/u1 users/demo"},
	} {
		if got := f.names(t, test.service, test.method, test.filter, test.order); got != test.want {
			t.Errorf("%s %s order %s: got %s, want %s", test.method, test.filter, test.order, got, test.want)
		}
	}
	for _, test := range []struct {
		filter, order string
		want          rejection
	}{
		{`colour = "red"`, "", rejection{codes.InvalidArgument, "INVALID_FILTER", "filter"}},
		{`state = LIFE_CYCLE_STATE_SOLD`, "", rejection{codes.InvalidArgument, "INVALID_FILTER", "filter"}},
		{`account = "a1"`, "", rejection{codes.InvalidArgument, "INVALID_FILTER", "filter"}},
		{"", "state", rejection{codes.InvalidArgument, "INVALID_ORDER", "order_by"}},
	} {
		_, err := f.call(t.Context(), t, "SubscriptionService", "ListSubscriptions", fmt.Sprintf(`{"filter":%q,"order_by":%q}`, test.filter, test.order))
		expectRejection(t, err, test.want)
	}
}

func TestSearchFindsWhatBeginsSo(t *testing.T) {
	f := startFixture(t)
	client := searchv1.NewSearchServiceClient(f.connection)
	for q, want := range map[string]string{
		"S601": demoSubscription + " number", "louis": demoAccount + " display_name", "SN-ROUTER-1": "installedItems/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A03 serial_number",
		"Managers": "groups/" + demoGroup + " display_name", "INTERN": "products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01 code", "nothing": "",
	} {
		response, err := client.Search(t.Context(), &searchv1.SearchRequest{Q: q})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, result := range response.GetResults() {
			got += result.GetResource() + " " + result.GetField()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", q, got, want)
		}
	}
}

// names returns the names of all resources of a list, read one by one.
func (f *fixture) names(t testing.TB, service, method, filter, order string) string {
	t.Helper()
	var names []string
	for token := ""; ; {
		page := f.must(t, service, method, fmt.Sprintf(`{"page_size":1,"filter":%q,"order_by":%q,"page_token":%q}`, filter, order, token))
		for field, value := range page {
			if field == "next_page_token" {
				continue
			}
			for _, resource := range value.([]any) {
				names = append(names, resource.(map[string]any)["name"].(string))
			}
		}
		next, more := page["next_page_token"].(string)
		if !more {
			return strings.Join(names, " ")
		}
		token = next
	}
}
