package wire_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func TestStrictJSON(t *testing.T) {
	request := func() proto.Message { return &crmcomv2.UpdateSubscriptionRequest{} }
	notes := func(text string) string { return `{"installed_items_set":[],"notes":` + text + `,"services_set":[]}` }
	nothing := `{"installed_items_set":[],"services_set":[]}`
	runRules(t, wire.JSON, request, whole, []rule{
		{"text", `{"notes":"n"}`, notes(`"n"`)},
		{"names have a case", `{"Notes":"n"}`, nothing},
		{"camel case is unknown", `{"subscriptionIdentifier":{"id":"1"}}`, nothing},
		{"unknown members", `{"x":[1,{"y":null}],"notes":"n"}`, notes(`"n"`)},
		{"null", `{"notes":null}`, nothing},
		{"last duplicate", `{"notes":"a","notes":"b"}`, notes(`"b"`)},
		{"last duplicate of a list", `{"services_set":[{}],"services_set":[]}`, nothing},
		{"number for a text", `{"notes":5}`, "!notes"},
		{"bool for a text", `{"notes":true}`, "!notes"},
		{"object for a text", `{"notes":{}}`, "!notes"},
		{"text for an object", `{"subscription_identifier":"S1"}`, "!subscription_identifier"},
		{"empty text for an object", `{"subscription_identifier":""}`, "!subscription_identifier"},
		{"object for a list", `{"services_set":{}}`, "!services_set"},
		{"fault in an item", `{"services_set":[{},{"udf_float_1":"x"}]}`, "!services_set[1].udf_float_1"},
		{"decimal", `{"udf_float_1":1.50}`, `{"installed_items_set":[],"services_set":[],"udf_float_1":1.50}`},
		{"whole decimal", `{"udf_float_1":3}`, `{"installed_items_set":[],"services_set":[],"udf_float_1":3}`},
		{"decimal in a text", `{"udf_float_1":"1.50"}`, `{"installed_items_set":[],"services_set":[],"udf_float_1":1.50}`},
		{"decimal in spaces", `{"udf_float_1":" 1.50 "}`, "!udf_float_1"},
		{"decimal in an empty text", `{"udf_float_1":""}`, "!udf_float_1"},
		{"date stays as it is", `{"udf_date_1":"2015-02-20T16:40:42"}`, `{"installed_items_set":[],"services_set":[],"udf_date_1":"2015-02-20T16:40:42"}`},
		{"names of nulls cannot be sent", `{"null_fields":["notes"]}`, nothing},
		{"single quotes", `{'notes':'n'}`, "!"},
		{"unquoted name", `{notes:"n"}`, "!"},
		{"comment", `{/**/"notes":"n"}`, "!"},
		{"trailing comma", `{"notes":"n",}`, "!"},
		{"trailing comma in a list", `{"services_set":[{},]}`, "!"},
		{"something after the end", `{"notes":"n"} x`, "!"},
		{"two values", `{} {}`, "!"},
		{"raw line break in a text", "{\"notes\":\"a\nb\"}", "!"},
		{"escaped single quote", `{"notes":"\'"}`, "!"},
		{"leading zero", `{"udf_float_1":01}`, "!"},
		{"hexadecimal", `{"udf_float_1":0x1}`, "!"},
		{"no digit before the point", `{"udf_float_1":.5}`, "!"},
		{"no digit after the point", `{"udf_float_1":5.}`, "!"},
		{"plus", `{"udf_float_1":+5}`, "!"},
		{"NaN", `{"udf_float_1":NaN}`, "!"},
		{"undefined", `{"notes":undefined}`, "!"},
		{"no-break space", "\u00a0{}", "!"},
		{"array", `[]`, "!"},
		{"no body", ``, "none"},
		{"white space", " \n", "none"},
		{"null alone", `null`, "none"},
	})
}

func TestNullMask(t *testing.T) {
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"none", `{"notes":"n"}`, nil},
		{"in the order they came", `{"udf_date_1":null,"notes":null,"udf_string_1":"x"}`, []string{"udf_date_1", "notes"}},
		{"objects too", `{"subscription_identifier":null}`, []string{"subscription_identifier"}},
		{"value after the null", `{"notes":null,"notes":"n"}`, nil},
		{"null after the value", `{"notes":"n","notes":null}`, []string{"notes"}},
		{"null twice", `{"notes":null,"notes":null}`, []string{"notes"}},
		{"unknown member", `{"x":null}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var request crmcomv2.UpdateSubscriptionRequest
			if err := wire.Read(wire.JSON, []byte(c.body), wire.DefaultLimits, &request); err != nil {
				t.Fatal(err)
			}
			want := &crmcomv2.UpdateSubscriptionRequest{NullFields: c.want}
			if got := (&crmcomv2.UpdateSubscriptionRequest{NullFields: request.GetNullFields()}); !proto.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}
