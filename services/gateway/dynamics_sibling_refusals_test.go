package gateway

import (
	"net/http"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

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
