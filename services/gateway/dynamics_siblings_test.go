package gateway

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

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

// A body that does not bind is refused in the sibling's own envelope, in the format of the body unless another is asked for.
func TestDynamicsSiblingsRefuseBodiesInTheirEnvelope(t *testing.T) {
	eachSibling(t, func(t *testing.T, one sibling, origin string, backend *recordingBackend) {
		if one.jsonBody == "" {
			return
		}
		model := rootOf(t, one.xmlBody)
		for body, contentType := range map[string]string{
			"": "application/json", " ": "application/json", "null": "application/json", "{": "application/json", "[]": "application/json",
			"<Other/>": "application/xml", "<" + model: "text/xml", "<!DOCTYPE x>" + one.xmlBody: "application/xml",
			"<" + model + ` xmlns="urn:x"/>`: "application/xml", "a[=1": "application/x-www-form-urlencoded",
		} {
			for _, accept := range []string{"", "application/json", "application/xml"} {
				header := http.Header{"Content-Type": {contentType}}
				if accept != "" {
					header.Set("Accept", accept)
				}
				got := send(t, one.method, origin+one.path, header, body)
				one.checkEnvelope(t, got, http.StatusBadRequest)
				if inXML := accept == "application/xml" || accept == "" && strings.HasSuffix(contentType, "xml"); got.isXML() != inXML {
					t.Errorf("%q as %s, asked for %q: got %s", body, contentType, accept, got.contentType)
				}
			}
		}
		for contentType, body := range map[string]string{
			"application/json": "{}", "application/xml": "<" + model + "/>", "application/x-www-form-urlencoded": "unknown=1",
		} {
			got := send(t, one.method, origin+one.path, http.Header{"Content-Type": {contentType}}, body)
			if one.required == nil {
				continue
			}
			one.checkEnvelope(t, got, http.StatusBadRequest)
			for _, member := range one.required {
				if want := member + ": The " + member + " field is required."; !strings.Contains(got.text, want) {
					t.Errorf("as %s: got %s, want %s in it", contentType, got.text, want)
				}
			}
		}
		if calls := backend.take(); one.required != nil && len(calls) > 0 {
			t.Errorf("reached the service: %v", calls)
		}
	})
}

// What the service refuses comes in the sibling's own envelope, and names the member as the vendor spells it.
func TestDynamicsSiblingsTellRefusalsInTheirEnvelope(t *testing.T) {
	members := map[protoreflect.FullName][2]string{
		"dynamics.v1.UpdateCustomerRequest":         {"customer.settings.payment_dates.items[0].cut_off_date", "Settings.PaymentDates[0].CutOffDate"},
		"dynamics.v1.UpdateFiscalDataRequest":       {"fiscal_data.business_name", "BusinessName"},
		"dynamics.v1.UpdateCustomerSettingsRequest": {"customer_setting.settings.receive_payments", "Settings.ReceivePayments"},
		"dynamics.v1.AddPacServiceRequest":          {"pac_service.service_id", "serviceId"},
		"dynamics.v1.CreateRecurrenceRequest":       {"upgrade_downgrade.recurrence.services.items[1].serviceid_ext", "recurrence.services[1].serviceid_ext"},
	}
	eachSibling(t, func(t *testing.T, one sibling, origin string, backend *recordingBackend) {
		for code, httpStatus := range map[codes.Code]int{
			codes.NotFound: 404, codes.FailedPrecondition: 409, codes.InvalidArgument: 400, codes.Unauthenticated: 401, codes.Unavailable: 503, codes.Internal: 500,
		} {
			refused := status.New(code, "because")
			member, named := members[one.want.ProtoReflect().Descriptor().FullName()]
			if code == codes.InvalidArgument && named {
				detailed, err := refused.WithDetails(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: member[0], Description: "is wrong"}}})
				if err != nil {
					t.Fatal(err)
				}
				refused = detailed
			}
			backend.answers(nil, refused.Err())
			for contentType, body := range one.bodies() {
				for _, accept := range []string{"application/json", "text/xml"} {
					header := http.Header{"Accept": {accept}}
					if contentType != "" {
						header.Set("Content-Type", contentType)
					}
					got := send(t, one.method, origin+one.path, header, body)
					one.checkEnvelope(t, got, httpStatus)
					if want := member[1] + ": is wrong"; code == codes.InvalidArgument && named && !strings.Contains(got.text, want) {
						t.Errorf("got %s, want %s in it", got.text, want)
					}
				}
			}
		}
	})
}

// The rules of the models are told in the words of the framework.
func TestDynamicsSiblingsTellTheirRules(t *testing.T) {
	const rfc = `^[A-Z&Ñ]{3,4}[0-9]{2}(0[1-9]|1[012])(0[1-9]|[12][0-9]|3[01])[A-Z0-9]{2}[0-9A]$`
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	tooLong := func(member, most string) string {
		return member + ": The field " + member + " must be a string or array type with a maximum length of '" + most + "'."
	}
	tooShort := func(member, least string) string {
		return "The field " + member + " must be a string or array type with a minimum length of '" + least + "'."
	}
	unmatched := func(member, pattern string) string {
		return "The field " + member + " must match the regular expression '" + pattern + "'."
	}
	name := `^[a-zñüáéíóúA-ZÑÜÁÉÍÓÚ .,]+$`
	long := func(length int) string { return strings.Repeat("x", length) }
	for _, c := range []struct {
		method, path, body string
		want               []string
	}{
		{"PUT", "/api/Customer", `{"GrantorTaxId":"CON150401AB123","CustomerTaxId":"","CustomerTypeId":1,"CitizenshipId":null,"ContactInfo":{},"CustomerCode":"` + long(41) + `",` +
			`"Name":"` + long(251) + `","Surname1":"` + long(51) + `","Surname2":"R2","Street":"` + long(151) + `","District":"` + long(151) + `","ExternalNumber":"` + long(101) +
			`","InternalNumber":"` + long(101) + `"}`, []string{
			tooLong("GrantorTaxId", "13"), unmatched("GrantorTaxId", rfc), "The CustomerTaxId field is required.", "The CitizenshipId field is required.",
			tooLong("CustomerCode", "40"), tooLong("Name", "250"), tooLong("Surname1", "50"), unmatched("Surname2", name), tooLong("Street", "150"),
			tooLong("District", "150"), tooLong("ExternalNumber", "100"), tooLong("InternalNumber", "100"),
		}},
		{"PUT", "/api/Customer/Settings", `{"GrantorTaxId":"CON1504","CustomerTaxId":"con150401ab1"}`, []string{
			tooShort("GrantorTaxId", "12"), unmatched("CustomerTaxId", rfc),
		}},
		{"PUT", "/api/Customer/G/FiscalData", `{"taxId":"AUR120315XY4AB","taxRegimeCode":" ","BusinessName":"` + long(255) + `","name":"` + long(26) + `","surname1":"` + long(26) +
			`","surname2":"` + long(26) + `","zipCode":"123x"}`, []string{
			tooLong("taxId", "13"), "The taxRegimeCode field is required.", tooLong("BusinessName", "254"), tooLong("name", "25"), tooLong("surname1", "25"),
			tooLong("surname2", "25"), tooShort("zipCode", "5"), unmatched("zipCode", "^[0-9]*$"),
		}},
		{"POST", "/api/PacServices", `{"GrantorTaxId":"XX","serviceId":null}`, []string{
			tooShort("GrantorTaxId", "12"), unmatched("GrantorTaxId", rfc), "The serviceId field is required.",
		}},
	} {
		got := request{c.method, c.path, "application/json", c.body}.send(t, server.URL)
		if got.checkShape(t, "dynamics"); got.status != http.StatusBadRequest || len(backend.take()) != 0 {
			t.Errorf("%s: got %d", c.path, got.status)
		}
		for _, want := range c.want {
			if !strings.Contains(got.text, want) {
				t.Errorf("%s: got %s\nwant %s in it", c.path, got.text, want)
			}
		}
	}
}

func TestDynamicsSiblingAnswers(t *testing.T) {
	const envelope = `<success>true</success>`
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, c := range []struct {
		path, jsonText, xmlText string
		answer                  proto.Message
	}{
		{
			"/api/Grantor/G", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":{"GrantorTaxId":"G","ShortName":null,"BusinessName":null,` +
				`"CreationDate":null,"FunctionaryName1":null,"FunctionaryName2":null,"FunctionarySurname1":null,"FunctionarySurname2":null,` +
				`"PlanStatus":{"From":"2026-03-01T00:00:00-06:00","To":"2026-03-31T23:59:59-06:00","Detail":{"ServiceCode":"S","ServiceName":null,"TotalIncluded":100,"TotalConsumed":5000000000}}}}`,
			envelope + `<data><GrantorTaxId>G</GrantorTaxId><CreationDate xsi:nil="true" /><PlanStatus><From>2026-03-01T00:00:00-06:00</From><To>2026-03-31T23:59:59-06:00</To>` +
				`<Detail><ServiceCode>S</ServiceCode><TotalIncluded>100</TotalIncluded><TotalConsumed>5000000000</TotalConsumed></Detail></PlanStatus></data>`,
			&dynamicsv1.GetGrantorResponse{Success: proto.Bool(true), Data: &dynamicsv1.Grantor{GrantorTaxId: proto.String("G"), PlanStatus: &dynamicsv1.PlanStatus{
				From: proto.String("2026-03-01T00:00:00-06:00"), To: proto.String("2026-03-31T23:59:59-06:00"),
				Detail: &dynamicsv1.PlanDetail{ServiceCode: proto.String("S"), TotalIncluded: proto.Int64(100), TotalConsumed: proto.Int64(5_000_000_000)},
			}}},
		},
		{
			"/api/Invoice/Defaults/G/C/1", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":{"PaymentCondition":0,"ContactInfo":"00000000-0000-0000-0000-000000000000",` +
				`"ContactInfoValue":null,"BranchId":null,"BranchValue":null,"BranchZipCode":null,"SellerId":"00000000-0000-0000-0000-000000000000","SellerValue":null,"Partiality":null,` +
				`"PaymentMethod":"PUE","PaymentWay":null,"CFDIUse":null,"RelatedTypeId":null,"CurrencyId":null}}`,
			envelope + `<data><PaymentCondition>0</PaymentCondition><ContactInfo>00000000-0000-0000-0000-000000000000</ContactInfo><BranchId xsi:nil="true" />` +
				`<SellerId>00000000-0000-0000-0000-000000000000</SellerId><PaymentMethod>PUE</PaymentMethod><CurrencyId xsi:nil="true" /></data>`,
			&dynamicsv1.GetInvoiceDefaultsResponse{Success: proto.Bool(true), Data: &dynamicsv1.InvoiceDefaults{PaymentMethod: proto.String("PUE")}},
		},
		{
			"/api/dynamics/clients/C/recurrences", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":[{"recurrence_id":"R","package_id":"P","name":null,"price":4.0,` +
				`"services":[{"service_id":"S","transaction_limit":2,"value":null,"serviceid_ext":null}]}]}`,
			envelope + `<data><RecurrencesModel><recurrence_id>R</recurrence_id><package_id>P</package_id><price>4</price><services><ServicesModel><service_id>S</service_id>` +
				`<transaction_limit>2</transaction_limit></ServicesModel></services></RecurrencesModel></data>`,
			&dynamicsv1.ListRecurrencesResponse{Success: proto.Bool(true), Data: &dynamicsv1.RecurrenceList{Items: []*dynamicsv1.Recurrence{{
				RecurrenceId: proto.String("R"), PackageId: proto.String("P"), Price: &decimal.Decimal{Value: "4"},
				Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{{ServiceId: proto.String("S"), TransactionLimit: proto.Int32(2)}}},
			}}}},
		},
	} {
		backend.answers(c.answer, nil)
		if got := (request{"GET", c.path, "", ""}).send(t, server.URL); got.text != c.jsonText {
			t.Errorf("got  %s\nwant %s", got.text, c.jsonText)
		}
		got := request{"GET", c.path, "", ""}.send(t, server.URL, "Accept", "application/xml")
		if text := strings.ReplaceAll(got.text, `"/>`, `" />`); !strings.Contains(text, c.xmlText) {
			t.Errorf("got  %s\nwant %s", text, c.xmlText)
		}
	}
	backend.answers(&dynamicsv1.UpdateFiscalDataResponse{Data: &dynamicsv1.FiscalData{BusinessName: proto.String("B")}}, nil)
	fiscal := dynamicsSiblings[1]
	if got := (request{"PUT", fiscal.path, "application/json", fiscal.jsonBody}).send(t, server.URL); !strings.Contains(got.text, `"BusinessName":"B"`) {
		t.Errorf("got %s", got.text)
	}
	if got := (request{"PUT", fiscal.path, "text/xml", fiscal.xmlBody}).send(t, server.URL); !strings.Contains(got.text, "<businessName>B</businessName>") {
		t.Errorf("got %s", got.text)
	}
	backend.answers(&dynamicsv1.AddPacServiceResponse{Data: &dynamicsv1.Nothing{}}, nil)
	added := dynamicsSiblings[3]
	if got := (request{"POST", added.path, "application/json", added.jsonBody}).send(t, server.URL); !strings.HasSuffix(got.text, `"data":{}}`) {
		t.Errorf("got %s", got.text)
	}
	if got := (request{"POST", added.path, "text/xml", added.xmlBody}).send(t, server.URL); !strings.Contains(got.text, "<data") || !strings.HasPrefix(got.text, "<ResponseModelApiOfObject") {
		t.Errorf("got %s", got.text)
	}
}

// Each answer of the contract has the members of its envelope, which carry failures, and is sent by a sibling of the table.
func TestEveryAnswerIsAnEnvelope(t *testing.T) {
	var tested []protoreflect.FullName
	for _, one := range dynamicsSiblings {
		tested = append(tested, one.want.ProtoReflect().Descriptor().FullName())
	}
	for _, backend := range backendsOf(Config{}) {
		for _, offered := range backend.services {
			if !strings.HasPrefix(string(offered.name), "dynamics.") {
				continue
			}
			methods := serviceOf(t, offered.name).Methods()
			for i := range methods.Len() {
				method := methods.Get(i)
				for _, member := range []protoreflect.Name{"success", "message", "message_detail", "failure_code", "data"} {
					if method.Output().Fields().ByName(member) == nil {
						t.Errorf("%s has no %s", method.Output().FullName(), member)
					}
				}
				if request := method.Input().FullName(); request != "dynamics.v1.UpdateRecurrenceRequest" && !slices.Contains(tested, request) {
					t.Errorf("no sibling sends %s", request)
				}
			}
		}
	}
}

func serviceOf(t *testing.T, name protoreflect.FullName) protoreflect.ServiceDescriptor {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return found.(protoreflect.ServiceDescriptor)
}
