package wire_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"

	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

const xmlRoot = ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="` + instance + `"`

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		name      string
		message   proto.Message
		json, xml string
	}{
		{
			"nothing set in an XmlSerializer model", &dynamicsv1.Recurrence{},
			`{"recurrence_id":null,"package_id":null,"name":null,"price":0.0,"services":null}`,
			`<RecurrencesModel` + xmlRoot + `><price>0</price></RecurrencesModel>`,
		},
		{
			"empty text, empty list, whole decimal", &dynamicsv1.Recurrence{
				Name: proto.String(""), Price: &decimal.Decimal{Value: "4"}, Services: &dynamicsv1.ServiceList{},
			},
			`{"recurrence_id":null,"package_id":null,"name":"","price":4.0,"services":[]}`,
			`<RecurrencesModel` + xmlRoot + `><name /><price>4</price><services /></RecurrencesModel>`,
		},
		{
			"decimal with an exponent", &dynamicsv1.Recurrence{Price: &decimal.Decimal{Value: "1.5E+2"}},
			`{"recurrence_id":null,"package_id":null,"name":null,"price":150.0,"services":null}`,
			`<RecurrencesModel` + xmlRoot + `><price>150</price></RecurrencesModel>`,
		},
		{
			"nullable value types", &dynamicsv1.DeliveryPortal{},
			`{"DeliveryPortal":null,"UrlDeliveryPortal":null,"UserDeliveryPortal":null,"PassDeliveryPortal":null}`,
			`<DeliveryPortal` + xmlRoot + `><DeliveryPortal xsi:nil="true" /></DeliveryPortal>`,
		},
		{
			"list of texts", &dynamicsv1.UpdateRecurrenceResponse{MessageDetail: &dynamicsv1.StringList{Items: []string{"a", ""}}},
			`{"success":false,"message":null,"messageDetail":["a",""],"failureCode":null,"data":null}`,
			`<ResponseModelApiOfCustomerModelApi` + xmlRoot + `><success>false</success><messageDetail><string>a</string><string /></messageDetail></ResponseModelApiOfCustomerModelApi>`,
		},
		{
			"dates", &dynamicsv1.PaymentDates{CutOffDate: proto.String("2025-11-13T08:51:00.2900000-06:00")},
			`{"CutOffDate":"2025-11-13T08:51:00.29-06:00","PaymentDate":"0001-01-01T00:00:00"}`,
			`<CollaborativeDatesModelApi` + xmlRoot + `><CutOffDate>2025-11-13T08:51:00.29-06:00</CutOffDate><PaymentDate>0001-01-01T00:00:00</PaymentDate></CollaborativeDatesModelApi>`,
		},
		{
			"data contract", &sedonav1.CustomerRecurringUpdate{ItemCode: proto.String("I"), InvoiceItemMemo: proto.String("")},
			`{"CustomerRecurringId":0,"ItemCode":"I","MasterItemCode":null,"MasterAccountCode":null,"BillCycle":null,"UserDescription":null,"InvoiceItemMemo":"","CustomerBillId":0}`,
			`<CustomerRecurringUpdate xmlns:i="` + instance + `" xmlns="` + sedona + `"><BillCycle i:nil="true" /><CustomerBillId>0</CustomerBillId>` +
				`<CustomerRecurringId>0</CustomerRecurringId><InvoiceItemMemo /><ItemCode>I</ItemCode><MasterAccountCode i:nil="true" />` +
				`<MasterItemCode i:nil="true" /><UserDescription i:nil="true" /></CustomerRecurringUpdate>`,
		},
		{
			"list as the root", &sedonav1.ListItemsResponse{}, `[]`,
			`<ArrayOfItem xmlns:i="` + instance + `" xmlns="` + sedona + `" />`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkWritten(t, wire.JSON, c.message, c.json)
			checkWritten(t, wire.XML, c.message, c.xml)
		})
	}
}

func TestAppendEscapes(t *testing.T) {
	for _, c := range []struct{ name, text, json, xml string }{
		{"as recorded", "a<&>\"'é\u0001x", `a<&>\"'é\u0001x`, "a&lt;&amp;&gt;\"'é\uFFFDx"},
		{"white space", "\t\n\r\b\f", `\t\n\r\b\f`, "\t\n&#xD;\uFFFD\uFFFD"},
		{"JavaScript's line ends", "\u0085\u2028\u2029", `\u0085\u2028\u2029`, "\u0085\u2028\u2029"},
		{"slash and delete", "/\x7f", "/\x7f", "/\x7f"},
		{"backslash", `\`, `\\`, `\`},
		{"noncharacters", "\uFFFE\uFFFF\uFFFD", "\uFFFE\uFFFF\uFFFD", "\uFFFD\uFFFD\uFFFD"},
		{"beyond the basic plane", "😀", "😀", "😀"},
		{"end of CDATA", "]]>", "]]>", "]]&gt;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			message := &dynamicsv1.ContractedService{Value: proto.String(c.text)}
			checkWritten(t, wire.JSON, message, `{"service_id":null,"transaction_limit":0,"value":"`+c.json+`","serviceid_ext":null}`)
			checkWritten(t, wire.XML, message, `<ServicesModel`+xmlRoot+`><transaction_limit>0</transaction_limit><value>`+c.xml+`</value></ServicesModel>`)
		})
	}
}

func TestAppendIsWellFormed(t *testing.T) {
	var text strings.Builder
	for char := rune(0); char < 0x300; char++ {
		text.WriteRune(char)
	}
	text.WriteString("\xff\xed\xa0\x80")
	message := &crmcomv2.Subscription{Id: proto.String(text.String())}
	if got := written(t, wire.JSON, message); !json.Valid([]byte(got)) {
		t.Errorf("invalid JSON: %s", got)
	}
	service := &dynamicsv1.ContractedService{Value: proto.String(text.String())}
	decoder := xml.NewDecoder(strings.NewReader(written(t, wire.XML, service)))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestProjection(t *testing.T) {
	owner := &crmcomv2.ContactInformation{Name: proto.String("Litt Louis"), Type: proto.String("PERSON")}
	subscription := func(fields ...string) proto.Message {
		return &crmcomv2.UpdateSubscriptionResponse{Data: &crmcomv2.Subscription{
			Id: proto.String("1"), Number: proto.String("S1"), Fields: fields,
			AccountsReceivable: &crmcomv2.AccountsReceivable{Id: proto.String("2"), AccountOwner: owner},
		}}
	}
	for _, c := range []struct {
		name   string
		fields []string
		want   string
	}{
		{"names", []string{"number", "id"}, `{"id":"1","number":"S1"}`},
		{"null among them", []string{"id", "type"}, `{"id":"1","type":null}`},
		{"path", []string{"accounts_receivable.account_owner.name"}, `{"accounts_receivable":{"account_owner":{"name":"Litt Louis"}}}`},
		{"paths into one object", []string{"accounts_receivable.id", "id", "accounts_receivable.account_owner.type"},
			`{"id":"1","accounts_receivable":{"id":"2","account_owner":{"type":"PERSON"}}}`},
		{"path into a null", []string{"type.name"}, `{"type":null}`},
		{"path into a text", []string{"id.x"}, `{"id":"1"}`},
		{"unknown name", []string{"nope"}, `{}`},
		{"name in another case", []string{"ID"}, `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkWritten(t, wire.JSON, subscription(c.fields...), `{"status":null,"data":`+c.want+`}`)
		})
	}
	t.Run("a whole member overrides a path into it", func(t *testing.T) {
		whole := written(t, wire.JSON, subscription("accounts_receivable"))
		for _, fields := range [][]string{
			{"accounts_receivable", "accounts_receivable.id"}, {"accounts_receivable.id", "accounts_receivable"},
		} {
			checkWritten(t, wire.JSON, subscription(fields...), whole)
		}
	})
}

func TestUnsupportedMessagesAreRejected(t *testing.T) {
	for _, c := range []struct {
		name    string
		format  wire.Format
		message proto.Message
	}{
		{"message of no contract", wire.JSON, &recurringbillingv1.Item{}},
		{"XML of a JSON contract", wire.XML, &crmcomv2.Subscription{}},
		{"form", wire.Form, &dynamicsv1.Recurrence{}},
		{"decimal that is none", wire.JSON, &dynamicsv1.Recurrence{Price: &decimal.Decimal{Value: "1,5"}}},
		{"decimal too large", wire.XML, &dynamicsv1.Recurrence{Price: &decimal.Decimal{Value: "1e40"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if text, err := wire.Append(nil, c.format, c.message); err == nil {
				t.Errorf("got %s, want an error", text)
			}
		})
	}
	if err := wire.Read(wire.XML, []byte("<a/>"), wire.DefaultLimits, &crmcomv2.Subscription{}); err == nil {
		t.Error("reading XML for a JSON contract must fail")
	}
}
