package subscription_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/testing/protocmp"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
)

// update sends a request given as the vendor's JSON. Fields that are null are listed in
// null_fields, as the gateway does.
func (f *fixture) update(t testing.TB, body string) (*crmcomv2.UpdateSubscriptionResponse, error) {
	t.Helper()
	request := &crmcomv2.UpdateSubscriptionRequest{}
	if err := protojson.Unmarshal([]byte(body), request); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if request.Token == nil {
		request.Token = proto.String(demoToken)
	}
	return f.vendor.UpdateSubscription(t.Context(), request)
}

func TestUpdateReturnsDocumentedResponse(t *testing.T) {
	f := startFixture(t)
	got, err := f.update(t, readFile(t, "testdata/documented_request.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := &crmcomv2.UpdateSubscriptionResponse{}
	if err := protojson.Unmarshal([]byte(readFile(t, "testdata/documented_response.json")), want); err != nil {
		t.Fatal(err)
	}
	// These fields are documented, but the documented example predates them.
	newer := protocmp.IgnoreFields(&crmcomv2.Subscription{}, "first_activated_date", "rating_state")
	if diff := cmp.Diff(want, got, protocmp.Transform(), newer); diff != "" {
		t.Errorf("response (-documented +got):\n%s", diff)
	}
	if got.GetData().GetFirstActivatedDate() != "2014-06-25T00:00:00" || got.GetData().GetRatingState() != "COMPLETED" {
		t.Errorf("got first_activated_date %q, rating_state %q", got.GetData().GetFirstActivatedDate(), got.GetData().GetRatingState())
	}
	stored := f.subscription(t)
	if stored.GetNotes() != "Update subscription information through Web API" || stored.GetUserDefinedFields().GetStrings()[5] != "UDF5" ||
		stored.GetPrivacyLevel() != "privacyLevels/BFF5D07F43CAD23390C2B07678FE3074" || stored.GetGroup() != "groups/"+demoGroup {
		t.Errorf("stored subscription: got %v", stored)
	}
}

func TestJSONNamesEqualFieldNames(t *testing.T) {
	for _, file := range []protoreflect.FileDescriptor{
		crmcomv2.File_crmcom_v2_status_proto, crmcomv2.File_crmcom_v2_authentication_proto, crmcomv2.File_crmcom_v2_subscription_proto,
		crmcomv2.File_crmcom_v2_accounts_receivable_proto, crmcomv2.File_crmcom_v2_subscriptions_service_proto,
		crmcomv2.File_crmcom_v2_subscription_reads_proto, crmcomv2.File_crmcom_v2_full_subscription_proto, crmcomv2.File_crmcom_v2_identifiers_proto,
	} {
		for i := range file.Messages().Len() {
			fields := file.Messages().Get(i).Fields()
			for j := range fields.Len() {
				if field := fields.Get(j); field.JSONName() != string(field.Name()) {
					t.Errorf("JSON name of %s: got %s", field.FullName(), field.JSONName())
				}
			}
		}
	}
}

func TestFieldsSetLimitsResponse(t *testing.T) {
	f := startFixture(t)
	for _, test := range []struct{ name, fieldsSet, want string }{
		{"top-level names", "number, life_cycle_state",
			`{"number":"S60117","life_cycle_state":"EFFECTIVE","fields":["life_cycle_state","number"]}`},
		{"a whole object", "type",
			``},
		{"dotted paths", "accounts_receivable.account_owner.name,accounts_receivable.number,id",
			`{"id":"08E04C64110A44FF79F4431E1F4E1765","accounts_receivable":{"number":"180","account_owner":{"name":"Litt Louis"}},
			 "fields":["accounts_receivable.account_owner.name","accounts_receivable.number","id"]}`},
		{"a path within a selected object", "accounts_receivable.account_owner.demographics.name_day.day,number,number",
			`{"number":"S60117","accounts_receivable":{"account_owner":{"demographics":{"name_day":{}}}},
			 "fields":["accounts_receivable.account_owner.demographics.name_day.day","number"]}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"fields_set":"`+test.fieldsSet+`"}`)
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				if got.GetData().GetType().GetName() != "United Kingdom" || got.GetData().AccountsReceivable != nil || got.GetData().Id != nil {
					t.Errorf("got %v", got.GetData())
				}
				return
			}
			want := &crmcomv2.Subscription{}
			if err := protojson.Unmarshal([]byte(test.want), want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.GetData(), protocmp.Transform()); diff != "" {
				t.Errorf("data (-want +got):\n%s", diff)
			}
		})
	}
	for _, blank := range []string{"", "  "} {
		got, err := f.update(t, `{"subscription_identifier":{"number":"S60117"},"fields_set":"`+blank+`"}`)
		if err != nil || got.GetData().GetType() == nil || got.GetData().GetAccountsReceivable() == nil {
			t.Errorf("fields_set %q: got %v, error %v", blank, got, err)
		}
	}
}

func readFile(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}
