package subscription_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// standard describes one kind of resource to the tests of the standard methods, which send JSON.
type standard struct {
	service, singular, plural string
	// field is the field of requests that holds a resource, collection that of names.
	field, collection string
	// body is a resource in JSON, without its unique fields. unique is a required field with a value
	// that must be unique, and correct a field that is corrected, in proto spelling, with JSON values.
	body, unique, correct string
}

var standards = []standard{
	{"CatalogueService", "SubscriptionType", "SubscriptionTypes", "subscription_type", "subscriptionTypes", `"description":"d"`, "display_name", "alternative_code"},
	{"CatalogueService", "Group", "Groups", "group", "groups", `"inactive":false`, "display_name", "alternative_code"},
	{"CatalogueService", "PrivacyLevel", "PrivacyLevels", "privacy_level", "privacyLevels", `"inactive":false`, "number", "display_name"},
	{"CatalogueService", "Product", "Products", "product", "products", `"type":"PRODUCT_TYPE_PHYSICAL_GOOD"`, "code", "display_name"},
	{"CatalogueService", "InstalledItem", "InstalledItems", "installed_item", "installedItems", `"alternative_code":""`, "serial_number", "display_name"},
	{
		"AccountClassificationService", "AccountClassification", "AccountClassifications", "account_classification", "accountClassifications",
		`"inactive":false`, "display_name", "alternative_code",
	},
	{"ActionTypeService", "ActionType", "ActionTypes", "action_type", "actionTypes", `"inactive":false`, "display_name", "alternative_code"},
	{"BillingTermSchemeService", "BillingTermScheme", "BillingTermSchemes", "billing_term_scheme", "billingTermSchemes", `"early_end_percent":0`, "code", "display_name"},
	{"ContactService", "Contact", "Contacts", "contact", "contacts", `"info":{"type":"CONTACT_TYPE_PERSON","given_name":"Ann"}`, "", "notes"},
	{"AccountService", "Account", "Accounts", "account", "accounts", `"display_name":"A","account_owner":{"type":"CONTACT_TYPE_PERSON"}`, "number", "display_name"},
	{
		"SubscriptionService", "Subscription", "Subscriptions", "subscription", "subscriptions",
		`"account":"accounts/1C414B9447E158F4CFE85BFE049704E3","subscription_type":"subscriptionTypes/1C81FBB1E5D90040F440ECE98D6A368D"`, "number", "notes",
	},
	{"OrganisationService", "Organisation", "Organisations", "organisation", "organisations", `"inactive":false`, "", "display_name"},
	{"OrganisationService", "User", "Users", "user", "users", `"organisation":"organisations/demo","password":"correct horse"`, "user_name", "display_name"},
}

// call sends a request in JSON to a method of the native API and returns the response in JSON.
func (f *fixture) call(ctx context.Context, t testing.TB, service, method, request string) (map[string]any, error) {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName("continuo.subscription.v1." + service + "." + method))
	if err != nil {
		t.Fatal(err)
	}
	descriptor := found.(protoreflect.MethodDescriptor)
	input, output := newMessage(t, descriptor.Input()), newMessage(t, descriptor.Output())
	if err := protojson.Unmarshal([]byte(request), input); err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	if err := f.connection.Invoke(ctx, "/continuo.subscription.v1."+service+"/"+method, input, output); err != nil {
		return nil, err
	}
	text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(output)
	if err != nil {
		t.Fatal(err)
	}
	var response map[string]any
	if err := json.Unmarshal(text, &response); err != nil {
		t.Fatal(err)
	}
	return response, nil
}

func newMessage(t testing.TB, descriptor protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	found, err := protoregistry.GlobalTypes.FindMessageByName(descriptor.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return found.New().Interface()
}

// must is call for a request that succeeds.
func (f *fixture) must(t testing.TB, service, method, request string) map[string]any {
	t.Helper()
	response, err := f.call(t.Context(), t, service, method, request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, request, err)
	}
	return response
}

// resource returns the JSON of a resource whose unique field has a value.
func (s standard) resource(value string) string {
	if s.unique == "" {
		return "{" + s.body + "}"
	}
	return fmt.Sprintf(`{%s,%q:%q}`, s.body, s.unique, value)
}

func (s standard) create(ctx context.Context, t testing.TB, f *fixture, id, value string) (map[string]any, error) {
	t.Helper()
	return f.call(ctx, t, s.service, "Create"+s.singular, fmt.Sprintf(`{%q:%s,"%s_id":%q}`, s.field, s.resource(value), s.field, id))
}

// update sends fields of a resource, with a mask unless it is empty.
func (s standard) update(t testing.TB, f *fixture, id, fields, mask, more string) (map[string]any, error) {
	t.Helper()
	return f.call(t.Context(), t, s.service, "Update"+s.singular, fmt.Sprintf(`{%q:{"name":"%s/%s"%s},"update_mask":%q%s}`, s.field, s.collection, id, fields, camel(mask), more))
}

// camel converts a field name to the spelling of masks in JSON.
func camel(name string) string {
	words := strings.Split(name, "_")
	for i := range words[1:] {
		words[i+1] = strings.ToUpper(words[i+1][:1]) + words[i+1][1:]
	}
	return strings.Join(words, "")
}

func TestResourcesCanBeCorrected(t *testing.T) {
	f := startFixture(t)
	for _, s := range standards {
		t.Run(s.singular, func(t *testing.T) {
			created, err := s.create(t.Context(), t, f, "wrong", "v1")
			if err != nil {
				t.Fatal(err)
			}
			corrected, err := s.update(t, f, "wrong", fmt.Sprintf(`,%q:"right"`, s.correct), s.correct, "")
			if err != nil || corrected[s.correct] != "right" || corrected["etag"] == created["etag"] || s.unique != "" && corrected[s.unique] != "v1" {
				t.Fatalf("corrected: got %v, %v", corrected, err)
			}
			again, err := s.update(t, f, "wrong", fmt.Sprintf(`,%q:"right"`, s.correct), "", "")
			if err != nil || again["etag"] != corrected["etag"] {
				t.Errorf("corrected again: got %v, %v, want the same etag", again, err)
			}
			validated, err := s.update(t, f, "wrong", fmt.Sprintf(`,%q:"other"`, s.correct), s.correct, `,"validate_only":true`)
			if err != nil || validated[s.correct] != "other" {
				t.Errorf("validated: got %v, %v", validated, err)
			}
			got := f.must(t, s.service, "Get"+s.singular, fmt.Sprintf(`{"name":"%s/wrong"}`, s.collection))
			if got[s.correct] != "right" {
				t.Errorf("after validating: got %v", got)
			}
			s.expectRefusals(t, f, created)
			if s.singular != "Account" {
				cleared, err := s.update(t, f, "wrong", "", s.correct, "")
				if err != nil || cleared[s.correct] != nil {
					t.Errorf("cleared: got %v, %v", cleared, err)
				}
			}
		})
	}
}

// expectRefusals checks that wrong updates are refused with the field.
func (s standard) expectRefusals(t *testing.T, f *fixture, created map[string]any) {
	t.Helper()
	for _, test := range []struct {
		what, id, fields, mask string
		want                   rejection
	}{
		{"another's etag", "wrong", fmt.Sprintf(`,%q:"x","etag":%q`, s.correct, created["etag"]), s.correct, rejection{codes.Aborted, "ETAG_MISMATCH", ""}},
		{"nothing", "wrong", "", "", rejection{codes.InvalidArgument, "NOTHING_TO_CHANGE", s.field}},
		{"the time of creation", "wrong", "", "create_time", rejection{codes.InvalidArgument, "UNKNOWN_FIELD", "update_mask"}},
		{"a missing one", "nobody", fmt.Sprintf(`,%q:"x"`, s.correct), s.correct, rejection{codes.NotFound, "NOT_FOUND", ""}},
		{"an invalid name", "a/b", fmt.Sprintf(`,%q:"x"`, s.correct), s.correct, rejection{codes.InvalidArgument, "INVALID_NAME", s.field + ".name"}},
		{"too long a text", "wrong", fmt.Sprintf(`,%q:%q`, s.correct, strings.Repeat("x", 4001)), s.correct, rejection{codes.InvalidArgument, "TOO_LONG", s.field + "." + s.correct}},
		{"no unique value", "wrong", "", s.unique, rejection{codes.InvalidArgument, "REQUIRED", s.field + "." + s.unique}},
	} {
		if test.what == "no unique value" && s.unique == "" {
			continue
		}
		_, err := s.update(t, f, test.id, test.fields, test.mask, "")
		if got := rejectionOf(err); got != test.want {
			t.Errorf("%s: got %+v (%v), want %+v", test.what, got, err, test.want)
		}
	}
	if s.unique == "" {
		return
	}
	if _, err := s.create(t.Context(), t, f, "", "v2"); err != nil {
		t.Fatal(err)
	}
	_, err := s.update(t, f, "wrong", fmt.Sprintf(`,%q:"v2"`, s.unique), s.unique, "")
	expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})
}

func TestResourcesAreReadInBatches(t *testing.T) {
	f := startFixture(t)
	for _, s := range standards {
		t.Run(s.singular, func(t *testing.T) {
			for _, id := range []string{"a", "b"} {
				if _, err := s.create(t.Context(), t, f, "batch "+id, id); err != nil {
					t.Fatal(err)
				}
			}
			names := fmt.Sprintf(`"%[1]s/batch b","%[1]s/batch a"`, s.collection)
			got := f.must(t, s.service, "BatchGet"+s.plural, `{"names":[`+names+`]}`)
			for _, response := range got {
				found := response.([]any)
				if len(found) != 2 || found[0].(map[string]any)["name"] != s.collection+"/batch b" || found[1].(map[string]any)["name"] != s.collection+"/batch a" {
					t.Errorf("got %v, want b and a", found)
				}
			}
			_, err := f.call(t.Context(), t, s.service, "BatchGet"+s.plural, `{"names":[`+names+`,"`+s.collection+`/nobody"]}`)
			expectRejection(t, err, rejection{codes.NotFound, "NOT_FOUND", "names[2]"})
			_, err = f.call(t.Context(), t, s.service, "BatchGet"+s.plural, `{}`)
			expectRejection(t, err, rejection{codes.InvalidArgument, "REQUIRED", "names"})
		})
	}
}

func TestResourcesTakeIDsOfAnyScript(t *testing.T) {
	f := startFixture(t)
	longest := strings.Repeat("ñ", 255)
	for _, s := range standards {
		t.Run(s.singular, func(t *testing.T) {
			for i, id := range []string{"a+b", "a b", "Ñ1", "a:b%2F?#", longest} {
				created, err := s.create(t.Context(), t, f, id, fmt.Sprint("id ", i))
				if err != nil || created["name"] != s.collection+"/"+id {
					t.Errorf("%q: got %v, %v", id, created["name"], err)
				}
				f.must(t, s.service, "Get"+s.singular, fmt.Sprintf(`{"name":"%s/%s"}`, s.collection, id))
			}
			decomposed := f.must(t, s.service, "Get"+s.singular, fmt.Sprintf(`{"name":"%s/N\u03031"}`, s.collection))
			if decomposed["name"] != s.collection+"/Ñ1" {
				t.Errorf("decomposed: got %v", decomposed["name"])
			}
			for _, id := range []string{".", "..", "-", "a/b", "a\tb", "a\u202eb", longest + "ñ"} {
				_, err := s.create(t.Context(), t, f, id, "refused")
				if got, want := rejectionOf(err), (rejection{codes.InvalidArgument, "INVALID_ID", s.field + "_id"}); got != want {
					t.Errorf("%q: got %+v (%v), want %+v", id, got, err, want)
				}
			}
		})
	}
}

func TestNumbersAndCodesAreTextsOfAnyScript(t *testing.T) {
	f := startFixture(t)
	for _, s := range standards {
		if s.unique == "" {
			continue
		}
		t.Run(s.singular, func(t *testing.T) {
			for _, value := range []string{"a+b", "a b/c", "Ñ1", "número 7"} {
				if created, err := s.create(t.Context(), t, f, "", value); err != nil || created[s.unique] != value {
					t.Errorf("%q: got %v, %v", value, created, err)
				}
			}
			_, err := s.create(t.Context(), t, f, "", "N\u03031")
			expectRejection(t, err, rejection{codes.AlreadyExists, "ALREADY_EXISTS", ""})
			for _, value := range []string{"a\tb", "a\u202eb", "a\u2028b"} {
				_, err := s.create(t.Context(), t, f, "", value)
				expectRejection(t, err, rejection{codes.InvalidArgument, "INVALID_TEXT", s.field + "." + s.unique})
			}
		})
	}
}
