package wire_test

import (
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func TestFormValues(t *testing.T) {
	const bad = "!model.CustomerBillId"
	value := func(text string) string { return `{"BillCycle":"M","CustomerBillId":` + text + `,"ItemCode":"I"}` }
	both := `{"BillCycle":"M","ItemCode":"I"}`
	runRules(t, wire.Form, line, func(pairs string) string { return "ItemCode=I&BillCycle=M&" + pairs }, []rule{
		{"integer in spaces", "CustomerBillId=+8+", value("8")},
		{"integer with a plus", "CustomerBillId=%2B8", value("8")},
		{"integer in hexadecimal", "CustomerBillId=0x1F", value("31")},
		{"integer after a hash", "CustomerBillId=%231f", value("31")},
		{"integer after &h", "CustomerBillId=%26h1f", value("31")},
		{"hexadecimal without digits", "CustomerBillId=0x", bad},
		{"integer with leading zeros", "CustomerBillId=008", value("8")},
		{"integer out of range", "CustomerBillId=2147483648", bad},
		{"integer with an exponent", "CustomerBillId=1e2", bad},
		{"blank integer", "CustomerBillId=+%09", bad},
		{"blank text is null", "UserDescription=+", both},
		{"text in spaces is kept", "UserDescription=+U+", `{"BillCycle":"M","ItemCode":"I","UserDescription":" U "}`},
		{"first of two values", "CustomerBillId=7&customerbillid=8", value("7")},
		{"first of two values is blank", "CustomerBillId=&CustomerBillId=8", bad},
		{"equals sign in a value", "UserDescription=a=b", `{"BillCycle":"M","ItemCode":"I","UserDescription":"a=b"}`},
		{"escape cut off", "UserDescription=a%2", `{"BillCycle":"M","ItemCode":"I","UserDescription":"a%2"}`},
		{"no escape", "UserDescription=100%zz", `{"BillCycle":"M","ItemCode":"I","UserDescription":"100%zz"}`},
		{"per cent alone", "UserDescription=%", `{"BillCycle":"M","ItemCode":"I","UserDescription":"%"}`},
		{"UTF-8", "UserDescription=%C3%A9", `{"BillCycle":"M","ItemCode":"I","UserDescription":"é"}`},
		{"raw UTF-8", "UserDescription=é", `{"BillCycle":"M","ItemCode":"I","UserDescription":"é"}`},
		{"not UTF-8", "UserDescription=%FFa", `{"BillCycle":"M","ItemCode":"I","UserDescription":"�a"}`},
		{"escaped key", "User%44escription=U", `{"BillCycle":"M","ItemCode":"I","UserDescription":"U"}`},
		{"key in spaces", "+UserDescription=U", both},
		{"key in brackets", "[UserDescription]=U", both},
		{"key with empty brackets", "UserDescription[]=U", `{"BillCycle":"M","ItemCode":"I","UserDescription":"U"}`},
		{"key with an index", "UserDescription[0]=U", both},
		{"bracket not closed", "UserDescription[=U", "!model"},
		{"bracket not closed in an unknown key", "x[y=1", "!model"},
		{"closing bracket alone", "x]=1", both},
		{"bracket in brackets", "x[y[z]]=1", both},
		{"empty key", "=x&[]=y", both},
		{"null is a word", "UserDescription=null", `{"BillCycle":"M","ItemCode":"I","UserDescription":"null"}`},
		{"semicolons do not separate", "UserDescription=a;b", `{"BillCycle":"M","ItemCode":"I","UserDescription":"a;b"}`},
		{"line break at the end", "UserDescription=U\r\n", `{"BillCycle":"M","ItemCode":"I","UserDescription":"U\r\n"}`},
	})
	runRules(t, wire.Form, line, whole, []rule{
		{"ampersand alone", "&", "!model.ItemCode,model.BillCycle"},
		{"spaces alone", "  ", "!model.ItemCode,model.BillCycle"},
		{"no body", "", "none"},
	})
}

func TestFormModels(t *testing.T) {
	services := func(items string) string { return `{"recurrence":{"services":` + items + `}}` }
	runRules(t, wire.Form, upgrade, whole, []rule{
		{"brackets and dots mixed", "recurrence[services][0].service_id=a&recurrence.services[1][service_id]=b",
			services(`[{"service_id":"a"},{"service_id":"b"}]`)},
		{"value at an object's key", "recurrence=x", `{"recurrence":{}}`},
		{"value at a list's key", "recurrence[services]=x", services(`[{}]`)},
		{"values at a list's key with empty brackets", "recurrence[services][]=x&recurrence[services][]=y", services(`[{},{}]`)},
		{"value at an item's key", "recurrence[services][0]=x", services(`[{}]`)},
		{"same item from many keys", "recurrence.services[0].value=v&recurrence.services[0].service_id=a", services(`[{"service_id":"a","value":"v"}]`)},
		{"out of order", "recurrence.services[2].value=c&recurrence.services[0].value=a&recurrence.services[1].value=b",
			services(`[{"value":"a"},{"value":"b"},{"value":"c"}]`)},
		{"ten and more", tenServices(12), services(`[` + strings.TrimSuffix(strings.Repeat(`{"value":"v"},`, 12), ",") + `]`)},
		{"negative index", "recurrence.services[-1].value=a", services(`[]`)},
		{"padded index", "recurrence.services[00].value=a", services(`[]`)},
		{"index that starts with a digit", "recurrence.services[0x].value=a", services(`[]`)},
		{"index beyond integers", "recurrence.services[99999999999999999999].value=a", services(`[]`)},
		{"index named", "recurrence.services.index=7&recurrence.services[7].value=a", services(`[{"value":"a"}]`)},
		{"indexes named, in their order", "recurrence.services.index=7&recurrence.services.index=3&recurrence.services[3].value=c&recurrence.services[7].value=g",
			services(`[{"value":"g"},{"value":"c"}]`)},
		{"index named that is not there", "recurrence.services.index=7&recurrence.services.index=8&recurrence.services[7].value=a", services(`[{"value":"a"},{}]`)},
		{"unnamed index beside a named one", "recurrence.services.index=7&recurrence.services[0].value=a", services(`[{}]`)},
		{"list's key is a prefix of another name", "recurrence.servicesx[0].value=a", `{"recurrence":{}}`},
		{"object's key is a prefix of another name", "recurrencex.name=a", `{}`},
		{"key sorted between", "recurrence-x=1&recurrence.name=n&recurrence!=2", `{"recurrence":{"name":"n"}}`},
		{"fault in an item", "recurrence.services[0].transaction_limit=", "!model.recurrence.services[0].transaction_limit"},
		{"wrapper's own field is not a name", "recurrence.services.items[0].value=a", services(`[]`)},
	})
	const bad = "!model.price"
	runRules(t, wire.Form, recurrence, func(v string) string { return "price=" + v }, []rule{
		{"decimal", "4.50", `{"price":4.50}`},
		{"decimal in spaces", "+4.50+", `{"price":4.50}`},
		{"decimal with an exponent", "1e2", `{"price":100.0}`},
		{"decimal with a trailing sign", "4-", bad},
		{"decimal with a thousands separator", "1,000", bad},
		{"decimal in hexadecimal", "0x10", bad},
		{"decimal too large", "1e29", bad},
	})
}

func tenServices(count int) string {
	pairs := make([]string, count)
	for i := range pairs {
		pairs[count-1-i] = "recurrence[services][" + strconv.Itoa(i) + "][value]=v"
	}
	return strings.Join(pairs, "&")
}

func TestFormMessages(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"value shown as it was sent", "ItemCode=I&BillCycle=M&CustomerBillId=+x+", "model.CustomerBillId: The value ' x ' is not valid for CustomerBillId."},
		{"all values of a key shown", "ItemCode=I&BillCycle=M&CustomerBillId=x&CustomerBillId=8", "model.CustomerBillId: The value 'x,8' is not valid for CustomerBillId."},
		{"blank", "ItemCode=I&BillCycle=M&CustomerBillId=+", "model.CustomerBillId: A value is required."},
		{"rules beside faults", "ItemCode=+&BillCycle=MM&CustomerBillId=x",
			"model.CustomerBillId: The value 'x' is not valid for CustomerBillId.; model.ItemCode: The ItemCode field is required.; " +
				"model.BillCycle: The field BillCycle must be a string with a maximum length of 1."},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := wire.Read(wire.Form, []byte(c.body), wire.DefaultLimits, line())
			if err == nil || err.Error() != "the body does not bind; "+c.want {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestFormBools(t *testing.T) {
	runRules(t, wire.Form, func() proto.Message { return &dynamicsv1.DeliveryPortal{} }, func(v string) string { return "DeliveryPortal=" + v }, []rule{
		{"true", "TRUE", `{"DeliveryPortal":true}`},
		{"false", "+false+", `{"DeliveryPortal":false}`},
		{"check box and its hidden twin", "true&DeliveryPortal=false", `{"DeliveryPortal":true}`},
		{"blank", "", `{}`},
		{"digit", "1", "!model.DeliveryPortal"},
		{"on", "on", "!model.DeliveryPortal"},
	})
}
