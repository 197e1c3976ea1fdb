package subscription_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
)

// defineFields defines fields of subscriptions, their services and actions. A subscription of before has none of them.
func (f *fixture) defineFields(t *testing.T) {
	t.Helper()
	f.must(t, "SettingsService", "UpdateSettings", `{"settings":{"user_field_definitions":[
		{"object":"OBJECT_SUBSCRIPTION","field":"udf_string_1","label":"Channel","mandatory":true,"allowed_values":["Shop","Web"]},
		{"object":"OBJECT_SUBSCRIPTION","field":"udf_float_2","label":"Discount","allowed_values":["5","10.50"]},
		{"object":"OBJECT_SUBSCRIPTION","field":"udf_date_4","label":"Visit","allowed_values":["2026-02-01"]},
		{"object":"OBJECT_SUBSCRIPTION","field":"udf_string_8","label":"Contract no.","unique":true},
		{"object":"OBJECT_SUBSCRIBED_SERVICE","field":"udf_string_2","label":"Line","mandatory":true},
		{"object":"OBJECT_SUBSCRIPTION_ACTION","field":"udf_string_1","label":"Reason","mandatory":true,"allowed_values":["moved"]}]}}`)
}

// TestValuesFollowTheirDefinitions sends values by both faces.
func TestValuesFollowTheirDefinitions(t *testing.T) {
	f := startFixture(t)
	f.defineFields(t)
	if stored, err := f.settings(t); err != nil || stored.GetUserFieldDefinitions()[1].GetType() != pb.UserFieldDefinition_TYPE_FLOAT {
		t.Errorf("got %v, %v", stored, err)
	}
	expect := func(what string, err error, want rejection, label string) {
		t.Helper()
		if got := rejectionOf(err); got != want || !strings.Contains(status.Convert(err).Message(), label) {
			t.Errorf("%s: got %+v: %v, want %+v naming %s", what, got, err, want, label)
		}
	}
	const path = "subscription.user_defined_fields."
	invalid := func(reason, field string) rejection { return rejection{codes.InvalidArgument, reason, field} }
	for _, c := range []struct {
		fields, label string
		want          rejection
	}{
		{`"notes":"n"`, "Channel", invalid("REQUIRED", path+"strings[1]")},
		{`"user_defined_fields":{"strings":{"1":"Phone"}}`, "Channel", invalid("INVALID_VALUE", path+"strings[1]")},
		{`"user_defined_fields":{"strings":{"1":"Web"},"floats":{"2":{"value":"10"}}}`, "Discount", invalid("INVALID_VALUE", path+"floats[2]")},
		{`"user_defined_fields":{"strings":{"1":"Web"},"dates":{"4":"2026-02-02"}}`, "Visit", invalid("INVALID_VALUE", path+"dates[4]")},
		{`"user_defined_fields":{"strings":{"1":"Web"}},"services":[{"product":"products/0D0CE3C6F4C84B0E9C7B4C1C0F6E2A01"}]`, "Line",
			invalid("REQUIRED", "subscription.services[0].user_defined_fields.strings[2]")},
		{`"user_defined_fields":{"strings":{"1":"Web","8":"7"},"floats":{"2":{"value":"10.5"}},"dates":{"4":"2026-02-01T00:00:00"}}`, "", rejection{}},
	} {
		_, err := f.call(t.Context(), t, "SubscriptionService", "CreateSubscription", draft("new", c.fields))
		expect("creating with "+c.fields, err, c.want, c.label)
	}
	for _, c := range []struct {
		number, change, label string
		want                  rejection
	}{
		{"S60117", `"notes":"n"`, "", rejection{}}, // it has no channel, and need not get one
		{"S60117", `"udf_string_1":"Phone"`, "Channel", invalid("INVALID_VALUE", "udf_string_1")},
		{"S60117", `"udf_string_8":"7"`, "Contract no.", rejection{codes.AlreadyExists, "ALREADY_EXISTS", "udf_string_8"}},
		{"S60117", `"udf_string_8":"8","udf_string_1":"Shop"`, "", rejection{}},
		{"new", `"udf_string_8":"8"`, "Contract no.", rejection{codes.AlreadyExists, "ALREADY_EXISTS", "udf_string_8"}},
		{"S60117", `"services_set":[{"subscription_service_id":"` + demoInternet + `","udf_string_2":"L"}]`, "", rejection{}},
	} {
		_, err := f.update(t, `{"subscription_identifier":{"number":"`+c.number+`"},`+c.change+`}`)
		expect(c.number+" "+c.change, err, c.want, c.label)
	}
	_, err := f.call(t.Context(), t, "SubscriptionService", "UpdateSubscription", `{"subscription":{"name":"subscriptions/new"},"update_mask":"userDefinedFields"}`)
	expect("taking a value away", err, invalid("REQUIRED", path+"strings[1]"), "Channel")
	life := func(details string) error {
		_, err := f.call(t.Context(), t, "SubscriptionActionService", "ActivateSubscription", `{"name":"subscriptions/new"`+details+`}`)
		return err
	}
	expect("an action without its reason", life(""), invalid("REQUIRED", "details.user_defined_fields.strings[1]"), "Reason")
	expect("an action", life(`,"details":{"user_defined_fields":{"strings":{"1":"moved"}}}`), rejection{}, "")
}

// TestDefinitionsAreChecked sends wrong definitions.
func TestDefinitionsAreChecked(t *testing.T) {
	f := startFixture(t)
	const path = "settings.user_field_definitions"
	for definitions, want := range map[string]rejection{
		`{"object":"OBJECT_SUBSCRIPTION","field":"udf_string_9","label":"x"}`:                                                                 {codes.InvalidArgument, "INVALID_VALUE", path + "[0].field"},
		`{"field":"udf_string_1","label":"x"}`:                                                                                                {codes.InvalidArgument, "REQUIRED", path + "[0].object"},
		`{"object":"OBJECT_SUBSCRIPTION","field":"udf_string_1","label":" "}`:                                                                 {codes.InvalidArgument, "REQUIRED", path + "[0].label"},
		`{"object":"OBJECT_SUBSCRIBED_ITEM","field":"udf_string_1","label":"x","unique":true}`:                                                {codes.InvalidArgument, "INVALID_VALUE", path + "[0].unique"},
		`{"object":"OBJECT_SUBSCRIPTION","field":"udf_float_1","label":"x","allowed_values":["1","many"]}`:                                    {codes.InvalidArgument, "INVALID_VALUE", path + "[0].allowed_values[1]"},
		`{"object":"OBJECT_SUBSCRIPTION","field":"udf_date_1","label":"x"},{"object":"OBJECT_SUBSCRIPTION","field":"udf_date_1","label":"y"}`: {codes.InvalidArgument, "REPEATED", path + "[1].field"},
	} {
		_, err := f.call(t.Context(), t, "SettingsService", "UpdateSettings", `{"settings":{"user_field_definitions":[`+definitions+`]}}`)
		if got := rejectionOf(err); got != want {
			t.Errorf("%s: got %+v: %v", definitions, got, err)
		}
	}
}

func (f *fixture) settings(t *testing.T) (*pb.Settings, error) {
	t.Helper()
	return pb.NewSettingsServiceClient(f.connection).GetSettings(t.Context(), &pb.GetSettingsRequest{Name: "settings"})
}

// TestSettingsDefineEveryField defines each field of each kind of object.
func TestSettingsDefineEveryField(t *testing.T) {
	f := startFixture(t)
	settings := &pb.Settings{Name: "settings"}
	for object := range pb.UserFieldDefinition_Object_name {
		if object == int32(pb.UserFieldDefinition_OBJECT_UNSPECIFIED) {
			continue
		}
		for kind, most := range map[string]int{"string": 8, "float": 4, "date": 4} {
			for number := range most {
				settings.UserFieldDefinitions = append(settings.UserFieldDefinitions, &pb.UserFieldDefinition{
					Object: pb.UserFieldDefinition_Object(object), Field: fmt.Sprintf("udf_%s_%d", kind, number+1), Label: "Label",
				})
			}
		}
	}
	stored, err := pb.NewSettingsServiceClient(f.connection).UpdateSettings(t.Context(), &pb.UpdateSettingsRequest{Settings: settings})
	if err != nil || len(stored.GetUserFieldDefinitions()) != len(settings.GetUserFieldDefinitions()) {
		t.Errorf("got %d of %d, %v", len(stored.GetUserFieldDefinitions()), len(settings.GetUserFieldDefinitions()), err)
	}
}
