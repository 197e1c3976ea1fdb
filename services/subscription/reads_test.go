package subscription_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// show reads a subscription by a request given as JSON, with the demo user's token if it has none.
func (f *fixture) show(t testing.TB, body string) (*crmcomv2.FullSubscription, error) {
	t.Helper()
	request := &crmcomv2.ShowSubscriptionRequest{Token: proto.String(demoToken)}
	if err := protojson.Unmarshal([]byte(body), request); err != nil {
		t.Fatal(err)
	}
	if request.Token == nil {
		request.Token = proto.String(demoToken)
	}
	got, err := f.reads.ShowSubscription(t.Context(), request)
	return got.GetData(), err
}

// numbers lists subscriptions by a request given as JSON and returns their numbers.
func (f *fixture) numbers(t testing.TB, body string) (string, error) {
	t.Helper()
	request := &crmcomv2.ListSubscriptionsRequest{}
	if err := protojson.Unmarshal([]byte(body), request); err != nil {
		t.Fatal(err)
	}
	if request.Token == nil {
		request.Token = proto.String(demoToken)
	}
	got, err := f.reads.ListSubscriptions(t.Context(), request)
	var numbers []string
	for _, found := range got.GetData() {
		numbers = append(numbers, found.GetNumber())
	}
	return strings.Join(numbers, " "), err
}

func TestShowHasAllThatAnUpdateChanges(t *testing.T) {
	f := startFixture(t)
	if _, err := f.update(t, fullUpdate); err != nil {
		t.Fatal(err)
	}
	got, err := f.show(t, `{"subscription_identifier":{"number":"S60117"}}`)
	if err != nil {
		t.Fatal(err)
	}
	want := &crmcomv2.FullSubscription{}
	if err := protojson.Unmarshal([]byte(readFile(t, "testdata/shown.json")), want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}
	for body, want := range map[string]string{
		`{"accounts_receivable_identifier":{"number":"180"},"fields_set":"number, notes"}`:                         `{"number":"S60117","notes":"n","fields":["notes","number"]}`,
		`{"subscription_identifier":{"id":"08E04C64110A44FF79F4431E1F4E1765"},"fields_set":"owned_by_group.name"}`: `{"owned_by_group":{"name":"Managers Group"},"fields":["owned_by_group.name"]}`,
	} {
		limited := &crmcomv2.FullSubscription{}
		if err := protojson.Unmarshal([]byte(want), limited); err != nil {
			t.Fatal(err)
		}
		if got, err := f.show(t, body); err != nil || !proto.Equal(got, limited) {
			t.Errorf("%s: got %v, %v, want %v", body, got, err, limited)
		}
	}
}

// TestAuthenticatesASubscriptionOfItsAccount names a subscription and its account, or another one, or only one of them.
func TestAuthenticatesASubscriptionOfItsAccount(t *testing.T) {
	f := startFixture(t)
	f.must(t, "AccountService", "CreateAccount", `{"account_id":"b","account":{"number":"B","display_name":"Rachel Zane","account_owner":{"type":"CONTACT_TYPE_PERSON"}}}`)
	const owned = `"subscription_identifier":{"number":"S60117"}`
	for body, want := range map[string]rejection{
		owned + `,"accounts_receivable_identifier":{"number":"180"},"fields_set":"number"`: {},
		owned + `,"accounts_receivable_identifier":{"name":"Louis Litt 2"}`:                {},
		owned + `,"accounts_receivable_identifier":{"number":"B"}`:                         {codes.NotFound, "NOT_FOUND", "subscription_identifier"},
		owned + `,"accounts_receivable_identifier":{"number":"C"}`:                         {codes.NotFound, "NOT_FOUND", "accounts_receivable_identifier.number"},
		owned: {codes.InvalidArgument, "REQUIRED", "accounts_receivable_identifier"},
		`"accounts_receivable_identifier":{"number":"180"}`: {codes.InvalidArgument, "REQUIRED", "subscription_identifier"},
		owned + `,"token":"no"`:                             {codes.Unauthenticated, "CREDENTIAL_INVALID", "token"},
		owned + `,"fields_set":"colour"`:                    {codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
	} {
		request := &crmcomv2.AuthenticateSubscriptionRequest{}
		if err := protojson.Unmarshal([]byte("{"+body+"}"), request); err != nil {
			t.Fatal(err)
		}
		if request.Token == nil {
			request.Token = proto.String(demoToken)
		}
		answered, err := f.reads.AuthenticateSubscription(t.Context(), request)
		if want != (rejection{}) {
			expectRejection(t, err, want)
		} else if err != nil || answered.GetData().GetNumber() != "S60117" {
			t.Errorf("%s: got %v, %v", body, answered, err)
		}
	}
}

func TestListsByAccountAndStateInPages(t *testing.T) {
	f := startFixture(t)
	f.must(t, "AccountService", "CreateAccount", `{"account_id":"b","account":{"number":"B","display_name":"Louis Litt 2","account_owner":{"type":"CONTACT_TYPE_PERSON"}}}`)
	for _, number := range []string{"x1", "x2", "x3"} {
		f.create(t, number, `"notes":""`)
	}
	for body, want := range map[string]string{
		`{}`: "S60117 x1 x2 x3",
		`{"accounts_receivable_identifier":{"number":"180"}}`:                                "S60117 x1 x2 x3",
		`{"accounts_receivable_identifier":{"number":"B"}}`:                                  "",
		`{"life_cycle_state":"DRAFT","number_of_results":2}`:                                 "x1 x2",
		`{"life_cycle_state":"DRAFT","number_of_results":2,"offset":2}`:                      "x3",
		`{"life_cycle_state":"NOTEFFECTIVE"}`:                                                "",
		`{"life_cycle_state":"EFFECTIVE","accounts_receivable_identifier":{"number":"180"}}`: "S60117",
	} {
		if got, err := f.numbers(t, body); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
	for body, want := range map[string]rejection{
		`{"token":"no"}`:                                               {codes.Unauthenticated, "CREDENTIAL_INVALID", "token"},
		`{"life_cycle_state":"EFFECT"}`:                                {codes.InvalidArgument, "UNKNOWN_VALUE", "life_cycle_state"},
		`{"number_of_results":501}`:                                    {codes.InvalidArgument, "OUT_OF_RANGE", "number_of_results"},
		`{"offset":-1}`:                                                {codes.InvalidArgument, "OUT_OF_RANGE", "offset"},
		`{"fields_set":"services_set.x"}`:                              {codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"},
		`{"accounts_receivable_identifier":{"number":"no"}}`:           {codes.NotFound, "NOT_FOUND", "accounts_receivable_identifier.number"},
		`{"accounts_receivable_identifier":{}}`:                        {codes.InvalidArgument, "REQUIRED", "accounts_receivable_identifier"},
		`{"accounts_receivable_identifier":{"name":"Louis Litt 2"}}`:   {codes.InvalidArgument, "AMBIGUOUS", "accounts_receivable_identifier.name"},
		`{"accounts_receivable_identifier":{"number":"1","id":"180"}}`: {codes.InvalidArgument, "AMBIGUOUS", "accounts_receivable_identifier"},
	} {
		_, err := f.numbers(t, body)
		expectRejection(t, err, want)
	}
}

// TestUpdateByTheAccountOfOneSubscription also checks that an update without effect leaves etag and feed alone.
func TestUpdateByTheAccountOfOneSubscription(t *testing.T) {
	f := startFixture(t)
	const change = `,"notes":"by account","udf_float_1":{"value":"1.5"},"udf_date_1":"2015-02-20"}`
	for _, account := range []string{`{"number":"180"}`, `{"name":"Louis Litt 2"}`, `{"id":"1C414B9447E158F4CFE85BFE049704E3"}`} {
		if _, err := f.update(t, `{"accounts_receivable_identifier":`+account+change); err != nil {
			t.Errorf("%s: %v", account, err)
		}
	}
	before, entries := f.subscription(t), len(f.entries(t))
	if before.GetNotes() != "by account" {
		t.Errorf("got notes %q", before.GetNotes())
	}
	for _, same := range []string{change, `}`, `,"udf_float_1":{"value":"1.500"},"udf_date_1":"2015-02-20T00:00:00.000Z","null_fields":["udf_string_1"]}`} {
		if _, err := f.update(t, `{"accounts_receivable_identifier":{"number":"180"}`+same); err != nil {
			t.Fatal(err)
		}
		if after := f.subscription(t); after.GetEtag() != before.GetEtag() || len(f.entries(t)) != entries {
			t.Errorf("%s: the etag went from %s to %s, the feed from %d entries to %d", same, before.GetEtag(), after.GetEtag(), entries, len(f.entries(t)))
		}
	}
	f.create(t, "second", `"notes":""`)
	for body, want := range map[string]rejection{
		`{"accounts_receivable_identifier":{"number":"180"}}`:                                               {codes.InvalidArgument, "AMBIGUOUS", "accounts_receivable_identifier"},
		`{"accounts_receivable_identifier":{"number":"180"},"subscription_identifier":{"number":"S60117"}}`: {codes.InvalidArgument, "AMBIGUOUS", "accounts_receivable_identifier"},
		`{"notes":"x"}`: {codes.InvalidArgument, "REQUIRED", "subscription_identifier"},
	} {
		_, err := f.update(t, body)
		expectRejection(t, err, want)
	}
}

// TestTypesOfNewSubscriptions lists the types that are not archived, for accounts and groups that exist.
func TestTypesOfNewSubscriptions(t *testing.T) {
	f := startFixture(t)
	f.must(t, "CatalogueService", "CreateSubscriptionType", `{"subscription_type_id":"a","subscription_type":{"display_name":"Austria","alternative_code":"AT"}}`)
	f.must(t, "CatalogueService", "CreateSubscriptionType", `{"subscription_type_id":"o","subscription_type":{"display_name":"Old","inactive":true}}`)
	missing := func(field string) rejection { return rejection{codes.NotFound, "NOT_FOUND", field} }
	for _, c := range []struct {
		body, want string
		refused    rejection
	}{
		{`{}`, "Austria AT, United Kingdom UK", rejection{}},
		{`{"accounts_receivable_identifier":{"number":"180"},"group_identifier":{"name":"Managers Group"},"unit_identifier":{"id":"1"},"fields_set":"name"}`, "Austria , United Kingdom ", rejection{}},
		{`{"number_of_results":1}`, "Austria AT", rejection{}},
		{`{"number_of_results":1,"offset":1}`, "United Kingdom UK", rejection{}},
		{`{"number_of_results":500,"offset":100}`, "", rejection{}},
		{`{"number_of_results":0}`, "", rejection{codes.InvalidArgument, "OUT_OF_RANGE", "number_of_results"}},
		{`{"accounts_receivable_identifier":{"number":"181"}}`, "", missing("accounts_receivable_identifier.number")},
		{`{"group_identifier":{"id":"nowhere"}}`, "", missing("group_identifier.id")},
		{`{"fields_set":"nothing"}`, "", rejection{codes.InvalidArgument, "UNKNOWN_FIELD", "fields_set"}},
		{`{"token":"wrong"}`, "", rejection{codes.Unauthenticated, "CREDENTIAL_INVALID", "token"}},
	} {
		request := &crmcomv2.ListSubscriptionTypesRequest{Token: proto.String(demoToken)}
		given := &crmcomv2.ListSubscriptionTypesRequest{}
		if err := protojson.Unmarshal([]byte(c.body), given); err != nil {
			t.Fatal(err)
		}
		proto.Merge(request, given)
		listed, err := f.reads.ListSubscriptionTypes(t.Context(), request)
		var names []string
		for _, one := range listed.GetData() {
			names = append(names, one.GetName()+" "+one.GetAlternativeCode())
		}
		if got := strings.Join(names, ", "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.body, got, c.want)
		}
		if err != nil || c.refused != (rejection{}) {
			expectRejection(t, err, c.refused)
		}
	}
}
