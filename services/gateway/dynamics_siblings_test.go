package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

const xmlSerializer = ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

// dynamicsSiblings are requests of the vendor's siblings with a body, in each form that one can have.
var dynamicsSiblings = []struct {
	path                    string
	jsonBody, xmlBody, form string
	want                    proto.Message
}{
	{
		"/API/customer/",
		`{"CustomerId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b","GrantorTaxId":"G","customertaxid":"C",'CustomerTypeId':"1","CitizenshipId":2,"ContactInfo":{"CellPhone":"5"},` +
			`"CustomerContactInfoes":[],"Settings":{"Collaborative":true},"Defaults":{"ExchangeRate":1.50},"Unknown":1,}`,
		`<CustomerModelApi` + xmlSerializer + `><CitizenshipId>2</CitizenshipId><CustomerUuid>08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b</CustomerUuid><GrantorTaxId>G</GrantorTaxId>` +
			`<CustomerTaxId>C</CustomerTaxId><CustomerTypeId>1</CustomerTypeId><ContactInfo><Cellphone>5</Cellphone></ContactInfo><CustomerContactInfoes />` +
			`<CustomerSettings><IsCollaborative>true</IsCollaborative></CustomerSettings><Defaults><ExchangeRate>1.50</ExchangeRate></Defaults></CustomerModelApi>`,
		"",
		&dynamicsv1.UpdateCustomerRequest{Customer: &dynamicsv1.CustomerEdit{
			CustomerId: proto.String("08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"), GrantorTaxId: proto.String("G"), CustomerTaxId: proto.String("C"),
			CustomerTypeId: proto.Int32(1), CitizenshipId: proto.Int32(2), ContactInfo: &dynamicsv1.ContactInfo{CellPhone: proto.String("5")},
			CustomerContactInfoes: &dynamicsv1.ContactInfoList{}, Settings: &dynamicsv1.CustomerSettings{Collaborative: proto.Bool(true)},
			Defaults: &dynamicsv1.CustomerDefaults{ExchangeRate: &decimal.Decimal{Value: "1.50"}},
		}},
	},
	{
		"/api/Customer/SETTINGS",
		`{"GrantorTaxId":"G","CustomerTaxId":"C","Settings":{"ReceivePayments":"false"}}`,
		`<PutCustomerSettingModelApi><CustomerSettings><ReceivePayments>false</ReceivePayments></CustomerSettings><GrantorTaxId>G</GrantorTaxId><CustomerTaxId>C</CustomerTaxId></PutCustomerSettingModelApi>`,
		`GrantorTaxId=G&CustomerTaxId=C&Settings.ReceivePayments=false`,
		&dynamicsv1.UpdateCustomerSettingsRequest{CustomerSetting: &dynamicsv1.CustomerSettingEdit{
			GrantorTaxId: proto.String("G"), CustomerTaxId: proto.String("C"), Settings: &dynamicsv1.CustomerSettings{ReceivePayments: proto.Bool(false)},
		}},
	},
}

func TestDynamicsSiblingsBindInEveryMediaType(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range dynamicsSiblings {
		bodies := map[string]string{
			"application/json": test.jsonBody, "text/json": test.jsonBody, "application/xml": test.xmlBody, "text/xml": test.xmlBody,
			"application/x-www-form-urlencoded": test.form,
		}
		for contentType, body := range bodies {
			if body == "" {
				continue
			}
			t.Run(test.path+" as "+contentType, func(t *testing.T) {
				got := request{"PUT", test.path, contentType, body}.send(t, server.URL)
				calls := backend.take()
				if got.status != http.StatusOK || len(calls) != 1 {
					t.Fatalf("got %d %s, %d calls", got.status, got.text, len(calls))
				}
				if !proto.Equal(calls[0].request, test.want) {
					t.Errorf("got %v, want %v", calls[0].request, test.want)
				}
			})
		}
	}
}

// A rule of the model is broken in the words of the framework, within the vendor's envelope, in the format that is asked for.
func TestDynamicsSiblingsTellRulesInTheirEnvelope(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	long := `{"GrantorTaxId":"12345678901234","CustomerTypeId":1,"CitizenshipId":null,"ContactInfo":{},"CustomerCode":"` + strings.Repeat("x", 41) + `"}`
	for accept, root := range map[string]string{"application/json": `{"success":false`, "text/xml": "<ResponseModelApiOfCustomerModelApi"} {
		got := request{"PUT", "/api/Customer", "application/json", long}.send(t, server.URL, "Accept", accept)
		if got.status != http.StatusBadRequest || !strings.HasPrefix(got.text, root) || len(backend.take()) != 0 {
			t.Errorf("%s: got %d %s", accept, got.status, got.text)
		}
		for _, want := range []string{
			"The field GrantorTaxId must be a string or array type with a maximum length of '13'.", "The CustomerTaxId field is required.",
			"The CitizenshipId field is required.", "The field CustomerCode must be a string or array type with a maximum length of '40'.",
		} {
			if !strings.Contains(got.text, want) {
				t.Errorf("%s: got %s, want %s in it", accept, got.text, want)
			}
		}
	}
}

func TestDynamicsSiblingsWithoutBodyAreRouted(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		method, path string
		want         proto.Message
	}{
		{"GET", "/api/customer/G%26A/c", &dynamicsv1.GetCustomerRequest{GrantorTaxId: "G&A", CustomerTaxId: "c"}},
		{"DELETE", "/API/Dynamics/Clients/C-1/", &dynamicsv1.DeleteClientRequest{ClientId: "C-1"}},
	} {
		for accept, root := range map[string]string{"": `{"`, "application/xml": "<ResponseModelApiOfCustomerModelApi", "text/json;q=0.5, text/xml": "<ResponseModelApiOfCustomerModelApi"} {
			got := request{test.method, test.path, "", ""}.send(t, server.URL, "Accept", accept)
			calls := backend.take()
			if got.status != http.StatusOK || len(calls) != 1 || !proto.Equal(calls[0].request, test.want) || !strings.HasPrefix(got.text, root) {
				t.Errorf("%s %s: got %d %s, calls %v", test.method, test.path, got.status, got.text, calls)
			}
		}
	}
}
