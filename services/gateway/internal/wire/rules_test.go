package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// rule is a body and its expected result: the members that are set, as JSON in the order of their names; "!" and the keys
// with errors; or "none" for no model.
type rule struct{ name, body, want string }

func runRules(t *testing.T, format wire.Format, model func() proto.Message, wrap func(string) string, rules []rule) {
	t.Helper()
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			message := model()
			err := wire.Read(format, []byte(wrap(r.body)), wire.DefaultLimits, message)
			if got := outcome(t, message, err); got != r.want {
				t.Errorf("%s\n got %s (%v)\nwant %s", wrap(r.body), got, err, r.want)
			}
		})
	}
}

func outcome(t *testing.T, message proto.Message, err error) string {
	t.Helper()
	var invalid *wire.ModelError
	switch {
	case errors.Is(err, wire.ErrNoModel):
		return "none"
	case errors.As(err, &invalid):
		keys := make([]string, len(invalid.Fields))
		for i, field := range invalid.Fields {
			keys[i] = field.Key
		}
		return "!" + strings.Join(keys, ",")
	case err != nil:
		t.Fatal(err)
	}
	text, err := wire.Append(nil, wire.JSON, message)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(sparse(value)); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(out.String())
}

// sparse omits null and zero values.
func sparse(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, member := range value {
			if member = sparse(member); member != nil && member != json.Number("0") && member != json.Number("0.0") {
				kept[name] = member
			}
		}
		return kept
	case []any:
		for i := range value {
			value[i] = sparse(value[i])
		}
	}
	return value
}

func whole(body string) string { return body }

func line() proto.Message { return &sedonav1.CustomerRecurringUpdate{} }

func upgrade() proto.Message { return &dynamicsv1.UpgradeDowngrade{} }

func recurrence() proto.Message { return &dynamicsv1.Recurrence{} }

func contact() proto.Message { return &dynamicsv1.ContactInfo{} }

func inLine(member string) string { return `{"ItemCode":"I","BillCycle":"M",` + member + `}` }

func TestJSONIntegers(t *testing.T) {
	const set, bad = `{"BillCycle":"M","CustomerBillId":`, "!model.CustomerBillId"
	value := func(text string) string { return set + text + `,"ItemCode":"I"}` }
	zero := `{"BillCycle":"M","ItemCode":"I"}`
	runRules(t, wire.JSON, line, func(v string) string { return inLine(`"CustomerBillId":` + v) }, []rule{
		{"largest", "2147483647", value("2147483647")},
		{"one too many", "2147483648", bad},
		{"smallest", "-2147483648", value("-2147483648")},
		{"one too few", "-2147483649", bad},
		{"beyond 64 bits", "99999999999999999999", bad},
		{"minus zero", "-0", zero},
		{"leading zero is octal", "010", value("8")},
		{"leading zeros", "00", zero},
		{"no octal digit", "08", "!model"},
		{"minus and leading zero", "-010", value("-10")},
		{"hexadecimal", "0xFf", value("255")},
		{"hexadecimal in two's complement", "0xFFFFFFFF", value("-1")},
		{"plus", "+8", "!model"},
		{"fraction", "8.5", bad},
		{"fraction of zero", "8.0", bad},
		{"no fraction digits", "8.", bad},
		{"exponent", "1e1", bad},
		{"letters in a number", "8a", "!model"},
		{"infinity", "Infinity", bad},
		{"minus infinity", "-Infinity", bad},
		{"undefined", "undefined", bad},
		{"nothing", ",", bad},
		{"array", "[1]", bad},
		{"empty array", "[]", bad},
		{"text", `"8"`, value("8")},
		{"text in single quotes", `'8'`, value("8")},
		{"text with plus", `"+8"`, value("8")},
		{"text with minus", `"-8"`, value("-8")},
		{"text with leading zeros", `"0008"`, value("8")},
		{"text with white space", `"\t8\n"`, value("8")},
		{"text with inner space", `"8 8"`, bad},
		{"text with a space after the sign", `"- 8"`, bad},
		{"text with a trailing sign", `"8-"`, bad},
		{"text with a point", `"8.0"`, bad},
		{"text with an exponent", `"1e2"`, bad},
		{"text with a thousands separator", `"1,000"`, bad},
		{"text with an underscore", `"1_000"`, bad},
		{"text in hexadecimal", `"0x10"`, bad},
		{"text out of range", `"2147483648"`, bad},
		{"text in other digits", `"٨"`, bad},
		{"blank text", `" "`, bad},
		{"false", "false", bad},
		{"constructor", "new Number(8)", bad},
	})
}

func TestJSONDecimals(t *testing.T) {
	const bad = "!model.price"
	price := func(text string) string { return `{"price":` + text + `}` }
	runRules(t, wire.JSON, recurrence, func(v string) string { return `{"price":` + v + `}` }, []rule{
		{"whole", "4", price("4.0")},
		{"scale kept", "4.50", price("4.50")},
		{"trailing zeros", "4.000", price("4.000")},
		{"largest", "79228162514264337593543950335", price("79228162514264337593543950335.0")},
		{"one too many", "79228162514264337593543950336", bad},
		{"smallest", "-79228162514264337593543950335", price("-79228162514264337593543950335.0")},
		{"30 digits", "100000000000000000000000000000", bad},
		{"28 places", "0.0000000000000000000000000001", price("0.0000000000000000000000000001")},
		{"29 places, half to even", "0.00000000000000000000000000005", `{"price":0.0000000000000000000000000000}`},
		{"29 places, half up to even", "0.00000000000000000000000000015", price("0.0000000000000000000000000002")},
		{"rounded to 29 digits", "1.00000000000000000000000000005", price("1.0000000000000000000000000000")},
		{"rounded up", "7.9228162514264337593543950336", price("7.922816251426433759354395034")},
		{"beyond double's precision", "12345678901234567890.12", price("12345678901234567890.12")},
		{"exponent", "1e2", price("100.0")},
		{"negative exponent", "15E-1", price("1.5")},
		{"exponent and fraction", "1.50e+1", price("15.0")},
		{"exponent beyond any number", "1e99999999999", "!model"},
		{"tiny", "1e-99999999999", `{"price":0.0000000000000000000000000000}`},
		{"no whole digits", ".5", price("0.5")},
		{"no fraction digits", "5.", price("5.0")},
		{"minus zero", "-0.00", `{"price":0.00}`},
		{"hexadecimal", "0x10", price("16.0")},
		{"octal", "010", price("8.0")},
		{"not a number", "NaN", bad},
		{"text", `"4.50"`, price("4.50")},
		{"text with spaces", `" 4.50 "`, price("4.50")},
		{"text with plus", `"+4.5"`, price("4.5")},
		{"text with a trailing minus", `"4.5-"`, price("-4.5")},
		{"text with leading zeros", `"004.5"`, price("4.5")},
		{"text with a point first", `".5"`, price("0.5")},
		{"text with two points", `"4.5.6"`, bad},
		{"text with an exponent", `"1e2"`, bad},
		{"text with a thousands separator", `"1,000.00"`, bad},
		{"text with a currency", `"$4.50"`, bad},
		{"text in parentheses", `"(4.50)"`, bad},
		{"text in hexadecimal", `"0x10"`, bad},
		{"a point alone", `"."`, bad},
		{"a sign alone", `"-"`, bad},
		{"empty text", `""`, bad},
		{"object", `{"value":"4"}`, bad},
	})
}

func TestJSONTexts(t *testing.T) {
	const bad = "!model.MasterItemCode"
	text := func(v string) string { return `{"BillCycle":"M","ItemCode":"I","MasterItemCode":` + v + `}` }
	runRules(t, wire.JSON, line, func(v string) string { return inLine(`"MasterItemCode":` + v) }, []rule{
		{"null", "null", `{"BillCycle":"M","ItemCode":"I"}`},
		{"empty", `""`, text(`""`)},
		{"false", "false", text(`"False"`)},
		{"integer", "60117", text(`"60117"`)},
		{"minus zero", "-0", text(`"0"`)},
		{"hexadecimal", "0x10", text(`"16"`)},
		{"beyond 64 bits", "12345678901234567890123", text(`"12345678901234567890123"`)},
		{"float", "0.10", text(`"0.1"`)},
		{"whole float", "5.0", text(`"5"`)},
		{"large float", "1e20", text(`"1E+20"`)},
		{"float with 15 digits before the point", "123456789012345.6", text(`"123456789012346"`)},
		{"small float", "0.00001", text(`"1E-05"`)},
		{"small float in plain digits", "0.0001", text(`"0.0001"`)},
		{"not a number", "NaN", text(`"NaN"`)},
		{"infinity", "Infinity", text(`"Infinity"`)},
		{"minus infinity", "-Infinity", text(`"-Infinity"`)},
		{"undefined", "undefined", bad},
		{"array", `["a"]`, bad},
		{"object", `{}`, bad},
		{"single quotes", `'a"b'`, text(`"a\"b"`)},
		{"escaped single quote", `'a\'b'`, text(`"a'b"`)},
		{"surrogate pair", `"\ud83d\ude00"`, text(`"😀"`)},
		{"lone high surrogate", `"\ud83dx"`, text(`"�x"`)},
		{"lone low surrogate", `"\ude00"`, text(`"�"`)},
		{"two high surrogates", `"\ud83d\ud83d\ude00"`, text(`"�😀"`)},
		{"escaped zero", `"a\u0000b"`, text(`"a\u0000b"`)},
		{"raw tab", "\"a\tb\"", text(`"a\tb"`)},
		{"raw carriage return", "\"a\r\nb\"", text(`"a\r\nb"`)},
		{"short escape", `"\u12"`, "!model"},
		{"escaped line break", "\"a\\\nb\"", "!model"},
		{"hexadecimal escape", `"\x41"`, "!model"},
		{"not closed", `"abc`, "!model"},
		{"closed by the other quote", `"abc'`, "!model"},
	})
}

func TestJSONGrammar(t *testing.T) {
	both := `{"BillCycle":"M","ItemCode":"I"}`
	runRules(t, wire.JSON, line, whole, []rule{
		{"keywords have a case", `{"ItemCode":TRUE}`, "!model"},
		{"keyword with a tail", `{"ItemCode":truex}`, "!model"},
		{"white space of any kind", "\u00a0{\u2003\"ItemCode\"\v:\f\"I\"\u2028,\"BillCycle\":\"M\"}", both},
		{"name in single quotes", `{'ItemCode':'I','BillCycle':'M'}`, both},
		{"name with a dash wants quotes", `{Item-Code:"I"}`, "!model"},
		{"name with escapes", `{"Item\u0043ode":"I","BillCycle":"M"}`, both},
		{"name is a number", `{1:2,ItemCode:"I",BillCycle:"M"}`, both},
		{"empty name", `{"":1,"ItemCode":"I","BillCycle":"M"}`, both},
		{"comment before the colon", `{"ItemCode"/**/:"I"}`, "!model"},
		{"comment after the colon", `{"ItemCode":/**/"I","BillCycle":"M"}`, both},
		{"comment at the end", `{"ItemCode":"I","BillCycle":"M"/* end`, "!model"},
		{"comment after the end", `{"ItemCode":"I","BillCycle":"M"} // end`, both},
		{"slash", `{/ "ItemCode":"I"}`, "!model"},
		{"two commas", `{"ItemCode":"I",,"BillCycle":"M"}`, "!model"},
		{"comma first", `{,"ItemCode":"I"}`, "!model"},
		{"no comma", `{"ItemCode":"I" "BillCycle":"M"}`, "!model"},
		{"no colon", `{"ItemCode" "I"}`, "!model"},
		{"no value", `{"ItemCode":}`, "!model"},
		{"not closed", `{"ItemCode":"I","BillCycle":"M"`, "!model"},
		{"closed by a bracket", `{"ItemCode":"I","BillCycle":"M"]`, "!model"},
		{"open bracket alone", `[`, "!model"},
		{"byte order mark alone", "\ufeff", "none"},
		{"comment alone", `/* nothing */ // at all`, "none"},
		{"null", `null`, "none"},
		{"undefined", `undefined`, "none"},
		{"empty text", `""`, "none"},
		{"number", `1`, "!model"},
		{"true", `true`, "!model"},
		{"elided items in an unknown member", `{"x":[,1,,2,],"ItemCode":"I","BillCycle":"M"}`, both},
		{"constructor in an unknown member", `{"x":new Date(2015, 1),"ItemCode":"I","BillCycle":"M"}`, both},
		{"bad number in an unknown member", `{"x":1.2.3,"ItemCode":"I","BillCycle":"M"}`, "!model"},
		{"too large a float in an unknown member", `{"x":1e400,"ItemCode":"I","BillCycle":"M"}`, "!model"},
		{"not UTF-8", "{\"ItemCode\":\"\xff\"}", "!model"},
		{"zero bytes between tokens", "{\x00\"ItemCode\":\"I\",\"BillCycle\":\"M\"}", both},
		{"name that folds beyond ASCII", `{"ItemCode":"I","BillCycle":"M","MasterItemCode":"N","MASTERıTEMCODE":"x"}`,
			`{"BillCycle":"M","ItemCode":"I","MasterItemCode":"N"}`},
	})
}

func TestJSONModels(t *testing.T) {
	services := func(items string) string { return `{"recurrence":{"services":` + items + `}}` }
	runRules(t, wire.JSON, upgrade, whole, []rule{
		{"empty text for an object is null", `{"recurrence":""}`, `{}`},
		{"empty text for a list is null", services(`""`), `{"recurrence":{}}`},
		{"undefined for an object is null", `{"recurrence":undefined}`, `{}`},
		{"nothing for an object is null", `{"recurrence":,}`, `{}`},
		{"text for an object", `{"recurrence":"x"}`, "!model.recurrence"},
		{"array for an object", `{"recurrence":[]}`, "!model.recurrence"},
		{"number for a list", services("5"), "!model.recurrence.services"},
		{"duplicate objects merge", `{"recurrence":{"name":"a","package_id":"p"},"recurrence":{"name":"b"}}`,
			`{"recurrence":{"name":"b","package_id":"p"}}`},
		{"duplicate lists append", `{"recurrence":{"services":[{"service_id":"a"}],"SERVICES":[{"service_id":"b"}]}}`,
			services(`[{"service_id":"a"},{"service_id":"b"}]`)},
		{"null after a list", `{"recurrence":{"services":[{"service_id":"a"}],"services":null}}`, `{"recurrence":{}}`},
		{"null after an object", `{"recurrence":{"name":"a"},"recurrence":null}`, `{}`},
		{"null item", services(`[null,{"service_id":"a"}]`), services(`[{},{"service_id":"a"}]`)},
		{"trailing comma in a list", services(`[{"service_id":"a"},]`), services(`[{"service_id":"a"}]`)},
		{"empty text as an item", services(`[""]`), services(`[{}]`)},
		{"number as an item", services(`[5]`), "!model.recurrence.services[0]"},
		{"list as an item", services(`[[]]`), "!model.recurrence.services[0]"},
		{"fault in an item", services(`[{},{"transaction_limit":"x"}]`), "!model.recurrence.services[1].transaction_limit"},
		{"several faults", `{"recurrence":{"price":"x","services":[{"transaction_limit":null}]}}`,
			"!model.recurrence.price,model.recurrence.services[0].transaction_limit"},
		{"exact name before another case", `{"RECURRENCE":{"name":"a"},"recurrence":{"package_id":"p"}}`,
			`{"recurrence":{"name":"a","package_id":"p"}}`},
		{"deep null", `{"recurrence":{"services":[{"value":null,"transaction_limit":1}]}}`, services(`[{"transaction_limit":1}]`)},
		{"wrapper's own field is not a name", `{"recurrence":{"services":{"items":[{"service_id":"a"}]}}}`, "!model.recurrence.services"},
	})
}

func TestJSONNullables(t *testing.T) {
	runRules(t, wire.JSON, contact, whole, []rule{
		{"bool from text", `{"PhoneActive":"TRUE"}`, `{"CellphoneActive":false,"CollectiontNotification":false,"EmailActive":false,"NewDocumentNotification":false,"PhoneActive":true,"REPNotification":false}`},
		{"bool from a number", `{"PhoneActive":2}`, `{"CellphoneActive":false,"CollectiontNotification":false,"EmailActive":false,"NewDocumentNotification":false,"PhoneActive":true,"REPNotification":false}`},
		{"bool from a digit in a text", `{"PhoneActive":"1"}`, "!model.PhoneActive"},
		{"bool null", `{"PhoneActive":null}`, "!model.PhoneActive"},
		{"bool empty", `{"PhoneActive":""}`, "!model.PhoneActive"},
		{"nullable GUID null", `{"CustomerContactInfoesId":null,"Email":""}`, `{"CellphoneActive":false,"CollectiontNotification":false,"Email":"","EmailActive":false,"NewDocumentNotification":false,"PhoneActive":false,"REPNotification":false}`},
		{"GUID malformed", `{"CustomerContactInfoesId":"08de22c4"}`, "!model.CustomerContactInfoesId"},
	})
	runRules(t, wire.JSON, func() proto.Message { return &dynamicsv1.DeliveryPortal{} }, whole, []rule{
		{"nullable bool null", `{"DeliveryPortal":null}`, `{}`},
		{"nullable bool from empty text", `{"DeliveryPortal":""}`, `{}`},
		{"nullable bool false", `{"DeliveryPortal":false}`, `{"DeliveryPortal":false}`},
	})
}

func TestJSONDepth(t *testing.T) {
	nested := func(depth int) string {
		return `{"ItemCode":"I","BillCycle":"M","x":` + strings.Repeat("[", depth-1) + strings.Repeat("]", depth-1) + `}`
	}
	runRules(t, wire.JSON, line, whole, []rule{
		{"at the limit", nested(256), `{"BillCycle":"M","ItemCode":"I"}`},
		{"one deeper", nested(257), "!model"},
		{"objects and arrays count alike", `{"ItemCode":"I","BillCycle":"M","x":` + strings.Repeat(`{"y":[`, 128) + strings.Repeat("]}", 128) + `}`, "!model"},
	})
}

func TestLimits(t *testing.T) {
	small := wire.Limits{Depth: 3, Keys: 2, Values: 5}
	for _, c := range []struct {
		name   string
		format wire.Format
		body   string
		bound  bool
	}{
		{"few values", wire.JSON, `{"a":1,"b":[1,2]}`, true},
		{"many values", wire.JSON, `{"a":1,"b":[1,2,3]}`, false},
		{"shallow", wire.JSON, `{"a":[[]]}`, true},
		{"deep", wire.JSON, `{"a":[[[]]]}`, false},
		{"few keys", wire.Form, `a=1&b=2`, true},
		{"many keys", wire.Form, `a=1&b=2&c=3`, false},
		{"few elements", wire.XML, `<UpgradeDowngradeCrmModelApi><a/><b/><c/><d/></UpgradeDowngradeCrmModelApi>`, true},
		{"many elements", wire.XML, `<UpgradeDowngradeCrmModelApi><a/><b/><c/><d/><e/></UpgradeDowngradeCrmModelApi>`, false},
		{"deep elements", wire.XML, `<UpgradeDowngradeCrmModelApi><a><b><c/></b></a></UpgradeDowngradeCrmModelApi>`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := wire.Read(c.format, []byte(c.body), small, upgrade())
			var invalid *wire.ModelError
			if c.bound != (err == nil) || err != nil && !errors.As(err, &invalid) {
				t.Errorf("%s: %v", c.body, err)
			}
		})
	}
}

func TestErrorMessagesAreLimited(t *testing.T) {
	for name, body := range map[string]string{
		"many members": `{"recurrence":{"services":[` + strings.Repeat("5,", 50_000) + `]}}`,
		"one member":   `{"recurrence":{` + strings.Repeat(`"price":"x",`, 50_000) + `}}`,
	} {
		t.Run(name, func(t *testing.T) {
			var invalid *wire.ModelError
			if err := wire.Read(wire.JSON, []byte(body), wire.DefaultLimits, upgrade()); !errors.As(err, &invalid) {
				t.Fatal(err)
			}
			count := 0
			for _, field := range invalid.Fields {
				count += len(field.Messages)
			}
			if count != 200 {
				t.Errorf("got %d messages", count)
			}
		})
	}
}

func TestGUIDsAndDates(t *testing.T) {
	dates := func(v string) string { return `{"CutOffDate":"` + v + `"}` }
	is := func(v string) string { return `{"CutOffDate":"` + v + `","PaymentDate":"0001-01-01T00:00:00"}` }
	const bad = "!model.CutOffDate"
	runRules(t, wire.JSON, func() proto.Message { return &dynamicsv1.PaymentDates{} }, dates, []rule{
		{"as printed", "2025-11-13T08:51:00.2944363-06:00", is("2025-11-13T08:51:00.2944363-06:00")},
		{"zeros trimmed", "2025-11-13T08:51:00.2900000Z", is("2025-11-13T08:51:00.29Z")},
		{"zeros alone", "2025-11-13T08:51:00.000", is("2025-11-13T08:51:00")},
		{"date alone", "2025-11-13", is("2025-11-13T00:00:00")},
		{"leap day", "2024-02-29", is("2024-02-29T00:00:00")},
		{"no leap day", "2100-02-29", bad},
		{"thirteenth month", "2025-13-01", bad},
		{"hour 24", "2025-11-13T24:00:00", bad},
		{"eight fraction digits", "2025-11-13T08:51:00.29443631", bad},
		{"no fraction digits", "2025-11-13T08:51:00.", bad},
		{"largest offset", "2025-11-13T08:51:00+14:00", is("2025-11-13T08:51:00+14:00")},
		{"too large an offset", "2025-11-13T08:51:00+14:01", bad},
		{"too many minutes", "2025-11-13T08:51:00+02:60", bad},
		{"offset without colon", "2025-11-13T08:51:00+0200", bad},
		{"American", "11/13/2025", bad},
		{"empty", "", bad},
	})
	contacts := func(v string) string { return `{"ContactId":"` + v + `"}` }
	const seller = `"SellerId":"00000000-0000-0000-0000-000000000000"}`
	runRules(t, wire.JSON, func() proto.Message { return &dynamicsv1.CustomerDefaults{} }, contacts, []rule{
		{"capitals", "08DE22C4-0F8B-CF6B-BA1F-9F7ACC681E9E", `{"ContactId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e",` + seller},
		{"without dashes", "08de22c40f8bcf6bba1f9f7acc681e9e", `{"ContactId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e",` + seller},
		{"in braces", "{08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e}", `{"ContactId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e",` + seller},
		{"in parentheses", "(08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e)", `{"ContactId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9e",` + seller},
		{"braces without dashes", "{08de22c40f8bcf6bba1f9f7acc681e9e}", "!model.ContactId"},
		{"other letters", "08de22c4-0f8b-cf6b-ba1f-9f7acc681e9g", "!model.ContactId"},
		{"too short", "08de22c4", "!model.ContactId"},
	})
}
