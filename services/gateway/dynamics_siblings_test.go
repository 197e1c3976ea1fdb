package gateway

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

const xmlSerializer = ` xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`

// sibling is a request beside the documented update, in each form that its body can have.
type sibling struct {
	method, path            string
	jsonBody, xmlBody, form string
	want                    proto.Message
	// root is the XML name of the answer.
	root string
	// required are members without which the body is refused.
	required []string
}

const (
	customerAnswer   = "ResponseModelApiOfCustomerModelApi"
	recurrenceAnswer = "ResponseModelApiOfRecurrencesModel"
)

// dynamicsSiblings are all of them, those of the vendor first and then ours.
var dynamicsSiblings = []sibling{
	{
		"PUT", "/API/customer/",
		`{"CustomerId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b","GrantorTaxId":"CON150401AB1","customertaxid":"AUR120315XY4",'CustomerTypeId':"1","CitizenshipId":2,` +
			`"ContactInfo":{"CellPhone":"5","REPNotification":true},"CustomerContactInfoes":[{"Email":"a@b.example"}],"Settings":{"Collaborative":true,` +
			`"PaymentDates":[{"CutOffDate":"2025-11-13T08:51:00.2944363-06:00","PaymentDate":"2025-11-14"}]},"Defaults":{"ExchangeRate":1.50},"Unknown":1,}`,
		`<CustomerModelApi` + xmlSerializer + `><CitizenshipId>2</CitizenshipId><CustomerUuid>08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b</CustomerUuid>` +
			`<GrantorTaxId>CON150401AB1</GrantorTaxId><CustomerTaxId>AUR120315XY4</CustomerTaxId><CustomerTypeId>1</CustomerTypeId>` +
			`<ContactInfo><Cellphone>5</Cellphone><REPNotification>true</REPNotification></ContactInfo>` +
			`<CustomerContactInfoes><ContactInfoModelApi><Email>a@b.example</Email></ContactInfoModelApi></CustomerContactInfoes>` +
			`<CustomerSettings><IsCollaborative>true</IsCollaborative><Collaborative_Dates><CollaborativeDatesModelApi>` +
			`<CutOffDate>2025-11-13T08:51:00.2944363-06:00</CutOffDate><PaymentDate>2025-11-14</PaymentDate></CollaborativeDatesModelApi></Collaborative_Dates></CustomerSettings>` +
			`<Defaults><ExchangeRate>1.50</ExchangeRate></Defaults></CustomerModelApi>`,
		`CustomerId=08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b&grantortaxid=CON150401AB1&CustomerTaxId=AUR120315XY4&CustomerTypeId=1&CitizenshipId=2&ContactInfo.CellPhone=5` +
			`&ContactInfo[REPNotification]=true&CustomerContactInfoes[0].Email=a%40b.example&Settings[Collaborative]=true` +
			`&Settings[PaymentDates][0][CutOffDate]=2025-11-13T08:51:00.2944363-06:00&Settings.PaymentDates[0].PaymentDate=2025-11-14&Defaults.ExchangeRate=1.50&Unknown=1`,
		&dynamicsv1.UpdateCustomerRequest{Customer: &dynamicsv1.CustomerEdit{
			CustomerId: proto.String("08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"), GrantorTaxId: proto.String("CON150401AB1"), CustomerTaxId: proto.String("AUR120315XY4"),
			CustomerTypeId: proto.Int32(1), CitizenshipId: proto.Int32(2),
			ContactInfo:           &dynamicsv1.ContactInfo{CellPhone: proto.String("5"), RepNotification: proto.Bool(true)},
			CustomerContactInfoes: &dynamicsv1.ContactInfoList{Items: []*dynamicsv1.ContactInfo{{Email: proto.String("a@b.example")}}},
			Settings: &dynamicsv1.CustomerSettings{Collaborative: proto.Bool(true), PaymentDates: &dynamicsv1.PaymentDatesList{Items: []*dynamicsv1.PaymentDates{
				{CutOffDate: proto.String("2025-11-13T08:51:00.2944363-06:00"), PaymentDate: proto.String("2025-11-14T00:00:00")},
			}}},
			Defaults: &dynamicsv1.CustomerDefaults{ExchangeRate: &decimal.Decimal{Value: "1.50"}},
		}},
		customerAnswer, []string{"GrantorTaxId", "CustomerTaxId", "CustomerTypeId", "CitizenshipId", "ContactInfo"},
	},
	{
		"PUT", "/api/Customer/CON150401AB1/fiscalDATA",
		`{"taxId":"LOMJ850723QR8","taxRegimeCode":"626","BusinessName":"B","name":"N","surname1":"S","surname2":"T","zipCode":"06600"}`,
		`<CustomerFiscalDataModelApi><taxId>LOMJ850723QR8</taxId><taxRegimeCode>626</taxRegimeCode><businessName>B</businessName><name>N</name>` +
			`<surname1>S</surname1><surname2>T</surname2><zipCode>06600</zipCode></CustomerFiscalDataModelApi>`,
		`taxId=LOMJ850723QR8&taxRegimeCode=626&businessname=B&name=N&surname1=S&surname2=T&zipCode=06600`,
		&dynamicsv1.UpdateFiscalDataRequest{GrantorTaxId: "CON150401AB1", FiscalData: &dynamicsv1.FiscalData{
			TaxId: proto.String("LOMJ850723QR8"), TaxRegimeCode: proto.String("626"), BusinessName: proto.String("B"), Name: proto.String("N"),
			Surname1: proto.String("S"), Surname2: proto.String("T"), ZipCode: proto.String("06600"),
		}},
		"ResponseModelApiOfCustomerFiscalDataModelApi", []string{"taxId", "taxRegimeCode", "zipCode"},
	},
	{
		"PUT", "/api/Customer/SETTINGS",
		`{"GrantorTaxId":"CON150401AB1","CustomerTaxId":"AUR120315XY4","Settings":{"ReceivePayments":"false"}}`,
		`<PutCustomerSettingModelApi><CustomerSettings><ReceivePayments>false</ReceivePayments></CustomerSettings><GrantorTaxId>CON150401AB1</GrantorTaxId><CustomerTaxId>AUR120315XY4</CustomerTaxId></PutCustomerSettingModelApi>`,
		`GrantorTaxId=CON150401AB1&CustomerTaxId=AUR120315XY4&Settings.ReceivePayments=false`,
		&dynamicsv1.UpdateCustomerSettingsRequest{CustomerSetting: &dynamicsv1.CustomerSettingEdit{
			GrantorTaxId: proto.String("CON150401AB1"), CustomerTaxId: proto.String("AUR120315XY4"), Settings: &dynamicsv1.CustomerSettings{ReceivePayments: proto.Bool(false)},
		}},
		customerAnswer, []string{"GrantorTaxId", "CustomerTaxId"},
	},
	{
		"POST", "/Api/pacservices",
		`{"GrantorTaxId":"CON150401AB1","serviceId":9007199254740993,"companyId":"c","supplierId":"s","supplierTypeId":3,"isMigrated":true}`,
		`<PacServicesModelApi><GrantorTaxId>CON150401AB1</GrantorTaxId><serviceId>9007199254740993</serviceId><companyId>c</companyId><supplierId>s</supplierId>` +
			`<supplierTypeId>3</supplierTypeId><isMigrated>true</isMigrated></PacServicesModelApi>`,
		`GrantorTaxId=CON150401AB1&serviceId=9007199254740993&companyId=c&supplierId=s&supplierTypeId=3&isMigrated=true`,
		&dynamicsv1.AddPacServiceRequest{PacService: &dynamicsv1.PacService{
			GrantorTaxId: proto.String("CON150401AB1"), ServiceId: proto.Int64(9007199254740993), CompanyId: proto.String("c"), SupplierId: proto.String("s"),
			SupplierTypeId: proto.Int32(3), IsMigrated: proto.Bool(true),
		}},
		"ResponseModelApiOfObject", []string{"GrantorTaxId", "serviceId"},
	},
	{
		method: "GET", path: "/api/customer/G%26A/c", root: customerAnswer,
		want: &dynamicsv1.GetCustomerRequest{GrantorTaxId: "G&A", CustomerTaxId: "c"},
	},
	{method: "DELETE", path: "/API/Dynamics/Clients/C-1/", root: customerAnswer, want: &dynamicsv1.DeleteClientRequest{ClientId: "C-1"}},
	{method: "GET", path: "/api/GRANTOR/G", root: "ResponseModelApiOfGrantorModelApi", want: &dynamicsv1.GetGrantorRequest{GrantorTaxId: "G"}},
	{
		method: "GET", path: "/api/invoice/defaults/G/c/+07", root: "ResponseModelApiOfInvoiceDefaultsModelApi",
		want: &dynamicsv1.GetInvoiceDefaultsRequest{GrantorTaxId: "G", CustomerTaxId: "c", DocumentTypeId: 7},
	},
	{
		"POST", "/api/dynamics/clients/C-1/recurrences",
		`{"recurrence":{"recurrence_id":"R","package_id":"P","price":"4.50","services":[{"service_id":5,"transaction_limit":"2"}]}}`,
		`<UpgradeDowngradeCrmModelApi><recurrence><recurrence_id>R</recurrence_id><package_id>P</package_id><price>4.50</price><services><ServicesModel>` +
			`<service_id>5</service_id><transaction_limit>2</transaction_limit></ServicesModel></services></recurrence></UpgradeDowngradeCrmModelApi>`,
		`recurrence.recurrence_id=R&recurrence[package_id]=P&recurrence[price]=4.50&recurrence[services][0][service_id]=5&recurrence.services[0].transaction_limit=2`,
		&dynamicsv1.CreateRecurrenceRequest{ClientId: "C-1", UpgradeDowngrade: &dynamicsv1.UpgradeDowngrade{Recurrence: &dynamicsv1.Recurrence{
			RecurrenceId: proto.String("R"), PackageId: proto.String("P"), Price: &decimal.Decimal{Value: "4.50"},
			Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{{ServiceId: proto.String("5"), TransactionLimit: proto.Int32(2)}}},
		}}},
		recurrenceAnswer, nil,
	},
	{method: "GET", path: "/api/dynamics/clients/C%201/recurrences", root: "ResponseModelApiOfListOfRecurrencesModel", want: &dynamicsv1.ListRecurrencesRequest{ClientId: "C 1"}},
	{
		method: "GET", path: "/api/dynamics/clients/C/Recurrences/R.1", root: recurrenceAnswer,
		want: &dynamicsv1.GetRecurrenceRequest{ClientId: "C", RecurrenceId: "R.1"},
	},
}

// bodies returns the bodies of a sibling by media type, one without a media type if it takes none.
func (s sibling) bodies() map[string]string {
	if s.jsonBody == "" {
		return map[string]string{"": ""}
	}
	return map[string]string{
		"application/json": s.jsonBody, "text/json": s.jsonBody, "application/xml": s.xmlBody, "text/xml": s.xmlBody, "application/x-www-form-urlencoded": s.form,
	}
}

// eachSibling runs a test for each sibling against a gateway of its own.
func eachSibling(t *testing.T, test func(t *testing.T, one sibling, origin string, backend *recordingBackend)) {
	t.Helper()
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, one := range dynamicsSiblings {
		t.Run(one.method+" "+one.path, func(t *testing.T) {
			backend.answers(nil, nil)
			test(t, one, server.URL, backend)
		})
	}
}

// checkEnvelope checks that a response is the sibling's envelope of a failure.
func (s sibling) checkEnvelope(t *testing.T, got received, httpStatus int) {
	t.Helper()
	if got.status != httpStatus {
		t.Errorf("got status %d, want %d: %s", got.status, httpStatus, got.text)
	}
	got.checkShape(t, "dynamics")
	if got.isXML() && rootOf(t, got.text) != s.root {
		t.Errorf("got %s, want the root %s", got.text, s.root)
	}
}

// rootOf returns the name of the first element.
func rootOf(t *testing.T, text string) string {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		if element, ok := token.(xml.StartElement); ok {
			return element.Name.Local
		}
	}
}

func TestDynamicsSiblingsBindInEveryMediaType(t *testing.T) {
	eachSibling(t, func(t *testing.T, one sibling, origin string, backend *recordingBackend) {
		for contentType, body := range one.bodies() {
			for charset, text := range map[string]string{"": body, "utf-8": body, "utf-16": string(wire.AppendUTF16LE(nil, []byte(body)))} {
				header := http.Header{}
				switch {
				case contentType == "" && charset != "", charset == "utf-16" && strings.HasSuffix(contentType, "urlencoded"):
					continue
				case charset != "":
					header.Set("Content-Type", contentType+"; charset="+charset)
				case contentType != "":
					header.Set("Content-Type", contentType)
				}
				got := send(t, one.method, origin+one.path, header, text)
				calls := backend.take()
				if got.status != http.StatusOK || len(calls) != 1 {
					t.Fatalf("as %s %s: got %d %s, %d calls", contentType, charset, got.status, got.text, len(calls))
				}
				if !proto.Equal(calls[0].request, one.want) {
					t.Errorf("as %s %s: got %v, want %v", contentType, charset, calls[0].request, one.want)
				}
			}
		}
	})
}

// The answers are negotiated as those of the recorded cases, whose headers are sent with each sibling's own body.
func TestDynamicsSiblingsAreNegotiatedAsRecorded(t *testing.T) {
	var recorded []wireCase
	for _, one := range readCases(t, filepath.Join("testdata", "wire", "aspnet-cases.json")) {
		if one.contract() == "dynamics" && strings.HasPrefix(one.Name, "conneg/") && strings.Contains(one.Name, "-body/") {
			recorded = append(recorded, one)
		}
	}
	if len(recorded) < 10 {
		t.Fatalf("only %d cases were recorded", len(recorded))
	}
	eachSibling(t, func(t *testing.T, one sibling, origin string, _ *recordingBackend) {
		for _, like := range recorded {
			contentType := like.Request.Headers["Content-Type"]
			body := one.bodies()[contentType]
			header := http.Header{}
			for name, value := range like.Request.Headers {
				header.Set(name, value)
			}
			if one.jsonBody == "" {
				if contentType != "application/json" {
					continue // an answer follows the format of a body
				}
				header.Del("Content-Type")
			}
			got := send(t, one.method, origin+one.path, header, body)
			if got.status != http.StatusOK || got.contentType != like.ContentType {
				t.Errorf("%s: got %d %s, want %s", like.Name, got.status, got.contentType, like.ContentType)
			}
			if got.checkWellFormed(t); got.isXML() && rootOf(t, got.text) != one.root {
				t.Errorf("%s: got %s", like.Name, got.text)
			}
		}
	})
}

// What reaches no operation is refused in the framework's words.
func TestDynamicsSiblingsAreRoutedAsRecorded(t *testing.T) {
	eachSibling(t, func(t *testing.T, one sibling, origin string, backend *recordingBackend) {
		unasked := http.StatusMethodNotAllowed
		unaskedText := "The requested resource does not support http method 'OPTIONS'."
		if strings.HasSuffix(one.path, "/recurrences") { // which the vendor does not have
			unasked, unaskedText = http.StatusNotFound, "No HTTP resource was found"
		}
		cut := strings.LastIndex(strings.TrimSuffix(one.path, "/"), "/")
		for _, c := range []struct {
			method, path, contentType string
			status                    int
			message                   string
		}{
			{"OPTIONS", one.path, "", unasked, unaskedText},
			{one.method, one.path[:cut+1] + "x%2Fy%2F" + one.path[cut+1:], "", http.StatusNotFound, "No HTTP resource was found"},
			{one.method, one.path[:cut] + "/" + one.path[cut:], "", http.StatusNotFound, "No HTTP resource was found"},
			{one.method, one.path, "text/plain", http.StatusUnsupportedMediaType, "The request entity's media type 'text/plain' is not supported for this resource."},
		} {
			if c.contentType != "" && one.jsonBody == "" {
				continue
			}
			for accept, mark := range map[string]string{"": `{"Message":"`, "text/xml": "<Error><Message>"} {
				header, body := http.Header{}, ""
				if accept != "" {
					header.Set("Accept", accept)
				}
				if c.contentType != "" {
					header.Set("Content-Type", c.contentType)
					body = one.jsonBody
				}
				got := send(t, c.method, origin+c.path, header, body)
				text := strings.ReplaceAll(got.text, "&#39;", "'")
				if got.status != c.status || !strings.HasPrefix(got.text, mark) || !strings.Contains(text, c.message) {
					t.Errorf("%s %s %s: got %d %s", c.method, c.path, c.contentType, got.status, got.text)
				}
			}
		}
		if calls := backend.take(); len(calls) > 0 {
			t.Errorf("reached the service: %v", calls)
		}
	})
}

// A value of the path that is no number is named in the envelope.
func TestDynamicsSiblingsNameValuesOfThePath(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, value := range []string{"x", "1.0", "99999999999"} {
		got := request{"GET", "/api/Invoice/Defaults/G/c/" + value, "", ""}.send(t, server.URL)
		if want := `"messageDetail":["documentTypeId: The value '` + value + `' is not valid for documentTypeId."]`; got.status != http.StatusBadRequest || !strings.Contains(got.text, want) {
			t.Errorf("%s: got %d %s", value, got.status, got.text)
		}
	}
	if calls := backend.take(); len(calls) > 0 {
		t.Errorf("reached the service: %v", calls)
	}
}
