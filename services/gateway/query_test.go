package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// TestVendorQueriesBind sends reads of CRM.COM's contract, whose parameters are in the query. wanted is the
// request that reaches the service as JSON, or what the envelope of a refusal holds.
func TestVendorQueriesBind(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct{ path, wanted string }{
		{"/subscriptions/show?token=T&subscription_identifier=number=S60117", `{"token":"T","subscription_identifier":{"number":"S60117"}}`},
		{"/crmapi/rest/v2/subscriptions/show?subscription_identifier=id%3Da%3Db%26c%25+d&token=T", `{"token":"T","subscription_identifier":{"id":"a=b&c% d"}}`},
		{"/Subscriptions/Show/?token=T&fields_set=id,number&nothing=1&tokens=2", `{"token":"T","fields_set":"id,number"}`},
		{"/subscriptions/show?subscription_identifier=serial=1&accounts_receivable_identifier=name=", `{"accounts_receivable_identifier":{"name":""}}`},
		{"/subscriptions/show?subscription_identifier=id=1&subscription_identifier=number=2", `{"subscription_identifier":{"id":"1","number":"2"}}`},
		{"/subscriptions/show", `{}`},
		{"/subscriptions/list?token=T&number_of_results=20&offset=40&accounts_receivable_identifier=number=180",
			`{"token":"T","number_of_results":20,"offset":40,"accounts_receivable_identifier":{"number":"180"}}`},
		{"/subscriptions/show?subscription_identifier=S60117", `"INVALID_PARAMETER","message":"subscription_identifier: must be one member and its value, such as id=..."`},
		{"/subscriptions/show?token=T&token=U", `"AMBIGUOUS_PARAMETER","message":"token: is given more than once"`},
		{"/subscriptions/show?subscription_identifier=id=1&subscription_identifier=id=2", `"AMBIGUOUS_PARAMETER","message":"subscription_identifier.id: `},
		{"/subscriptions/list?offset=x", `"INVALID_PARAMETER","message":"offset: \"x\" is not of type int32","description":"offset"`},
		{"/subscriptions/list?offset=3000000000", `"INVALID_PARAMETER"`},
		{"/subscriptions/list?token=%zz", `"INVALID_PARAMETER"`},
		{"/subscriptions/list?token=%ff", `"INVALID_PARAMETER"`},
	} {
		got := request{"GET", test.path, "", ""}.send(t, server.URL)
		calls := backend.take()
		if !strings.HasPrefix(test.wanted, "{") {
			if got.status != http.StatusBadRequest || len(calls) != 0 || !strings.Contains(got.text, `{"status":{"code":`+test.wanted) {
				t.Errorf("%s: got %d %s, want %s", test.path, got.status, got.text, test.wanted)
			}
			continue
		}
		if got.status != http.StatusOK || len(calls) != 1 {
			t.Errorf("%s: got %d %s and %d calls", test.path, got.status, got.text, len(calls))
			continue
		}
		want := calls[0].request.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(test.wanted), want); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(calls[0].request, want) {
			t.Errorf("%s: got %v, want %v", test.path, calls[0].request, want)
		}
	}
	backend.answers(&crmcomv2.ListSubscriptionsResponse{Status: &crmcomv2.Status{Code: proto.String("OK")}}, nil)
	if got := (request{"GET", "/subscriptions/list?token=T", "", ""}).send(t, server.URL); got.text != `{"status":{"code":"OK","message":null,"description":null},"data":[]}` {
		t.Errorf("an empty list: got %s", got.text)
	}
}

// TestDescriptionListsVendorParameters checks how the OpenAPI document shows parameters that are objects.
func TestDescriptionListsVendorParameters(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	document := parseJSON(t, request{"GET", openAPIPath, "", ""}.send(t, server.URL).text)
	operation := at(t, document, "paths", "/subscriptions/show", "get").(map[string]any)
	names, about := []string{}, ""
	for _, given := range operation["parameters"].([]any) {
		given := given.(map[string]any)
		names = append(names, given["name"].(string))
		about += given["description"].(string)
	}
	if got := strings.Join(names, " "); got != "token subscription_identifier accounts_receivable_identifier fields_set" ||
		!strings.Contains(about, "`id=...`; the members are id, number.") || len(operation["security"].([]any)) != 0 {
		t.Errorf("got parameters %s, security %v: %s", got, operation["security"], about)
	}
}
