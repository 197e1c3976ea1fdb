package gateway

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
)

// Requests that reach a service, one per contract.
var (
	sedonaPut   = request{"PUT", "/api/customerrecurring/1", "application/json", `{"ItemCode":"RMR","BillCycle":"M"}`}
	dynamicsPut = request{"PUT", "/api/dynamics/clients/C-1001/recurrences/R-5001", "application/json", `{"recurrence":{"name":"n"}}`}
	crmcomPost  = request{"POST", "/subscriptions/update", "application/json", `{"token":"t","subscription_identifier":{"number":"S60117"}}`}
	nativeGet   = request{"GET", "/customer-recurrence/v1/customers/C-1001", "", ""}
)

type request struct{ method, path, contentType, body string }

func (r request) send(t testing.TB, origin string, headers ...string) received {
	t.Helper()
	header := http.Header{}
	if r.contentType != "" {
		header.Set("Content-Type", r.contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		header.Set(headers[i], headers[i+1])
	}
	return send(t, r.method, origin+r.path, header, r.body)
}

// refused returns a status error as the services return it.
func refused(t *testing.T, code codes.Code, reason, message string, violations ...string) error {
	t.Helper()
	details := []protoadapt.MessageV1{&errdetails.ErrorInfo{Reason: reason, Domain: "continuo"}}
	if len(violations) > 0 {
		bad := &errdetails.BadRequest{}
		for i := 0; i+1 < len(violations); i += 2 {
			bad.FieldViolations = append(bad.FieldViolations,
				&errdetails.BadRequest_FieldViolation{Field: violations[i], Description: violations[i+1]})
		}
		details = append(details, bad)
	}
	answered, err := status.New(code, message).WithDetails(details...)
	if err != nil {
		t.Fatal(err)
	}
	return answered.Err()
}

// TestServiceFailures checks how each contract renders errors of its service.
func TestServiceFailures(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		name    string
		request request
		refused error
		status  int
		body    string
	}{
		{"sedona not found", sedonaPut, refused(t, codes.NotFound, "NOT_FOUND", "No recurring line 1."), 404,
			`{"Message":"No recurring line 1."}`},
		{"sedona field", sedonaPut, refused(t, codes.InvalidArgument, "UNKNOWN_ITEM_CODE", "customer_recurring_update.item_code: no such item",
			"customer_recurring_update.item_code", "No item RMR.", "id", "must not be 0"), 400,
			`{"Message":"The request is invalid.","ModelState":{"model.ItemCode":["No item RMR."],"id":["must not be 0"]}}`},
		{"sedona field twice", sedonaPut, refused(t, codes.InvalidArgument, "X", "x",
			"customer_recurring_update.item_code", "one", "customer_recurring_update.item_code", "two", "customer_recurring_update", "three"), 400,
			`{"Message":"The request is invalid.","ModelState":{"model.ItemCode":["one","two"],"model":["three"]}}`},
		{"sedona unauthenticated", sedonaPut, refused(t, codes.Unauthenticated, "CREDENTIAL_INVALID", "no"), 401,
			`{"Message":"Authorization has been denied for this request."}`},
		{"sedona internal", sedonaPut, status.Error(codes.Internal, "SELECT secret"), 500, `{"Message":"An error has occurred."}`},
		{"sedona unknown code", sedonaPut, status.Error(codes.Unknown, "panic at x.go"), 500, `{"Message":"An error has occurred."}`},
		{"sedona conflict", sedonaPut, refused(t, codes.Aborted, "CONCURRENT_CHANGE", "Changed meanwhile."), 409, `{"Message":"Changed meanwhile."}`},
		{"sedona denied", sedonaPut, refused(t, codes.PermissionDenied, "PERMISSION_DENIED", "Not yours."), 403, `{"Message":"Not yours."}`},
		{"sedona rate", sedonaPut, refused(t, codes.ResourceExhausted, "RATE_LIMITED", "Slower."), 429, `{"Message":"Slower."}`},

		{"sedona answer too large", sedonaPut, status.Error(codes.ResourceExhausted, "grpc: received message larger than max"), 500,
			`{"Message":"An error has occurred."}`},

		{"dynamics not found", dynamicsPut, refused(t, codes.NotFound, "NOT_FOUND", "No client C-1001."), 404,
			`{"success":false,"message":"No se encontró el cliente o la contratación indicada.","messageDetail":["No client C-1001."],"failureCode":"NOT_FOUND","data":null}`},
		{"dynamics fields", dynamicsPut, refused(t, codes.InvalidArgument, "INVALID_VALUE", "x",
			"upgrade_downgrade.recurrence.price", "must not be negative",
			"upgrade_downgrade.recurrence.services.items[1].service_id", "named twice"), 400,
			`{"success":false,"message":"La solicitud contiene datos no válidos.","messageDetail":["recurrence.price: must not be negative","recurrence.services[1].service_id: named twice"],"failureCode":"INVALID_PARAMETER","data":null}`},
		{"dynamics missing", dynamicsPut, refused(t, codes.InvalidArgument, "REQUIRED", "x", "upgrade_downgrade.recurrence.name", "must be given"), 400,
			`{"success":false,"message":"Falta un dato obligatorio en la solicitud.","messageDetail":["recurrence.name: must be given"],"failureCode":"MISSING_PARAMETER","data":null}`},
		{"dynamics internal", dynamicsPut, status.Error(codes.Internal, "SELECT secret"), 500,
			`{"success":false,"message":"Ocurrió un error interno.","messageDetail":["An error has occurred."],"failureCode":"INTERNAL_ERROR","data":null}`},
		{"dynamics precondition", dynamicsPut, refused(t, codes.FailedPrecondition, "CLIENT_CANCELLED", "The client is cancelled."), 409,
			`{"success":false,"message":"El estado actual de la contratación no permite la operación.","messageDetail":["The client is cancelled."],"failureCode":"CONFLICT","data":null}`},
		{"dynamics unauthenticated", dynamicsPut, refused(t, codes.Unauthenticated, "CREDENTIAL_MISSING", "A key is needed."), 401,
			`{"success":false,"message":"Las credenciales faltan, no son válidas o han caducado.","messageDetail":["A key is needed."],"failureCode":"INVALID_TOKEN","data":null}`},

		{"crmcom token", crmcomPost, refused(t, codes.Unauthenticated, "CREDENTIAL_INVALID", "The token has expired."), 401,
			`{"status":{"code":"INVALID_TOKEN","message":"The token has expired.","description":null},"data":null}`},
		{"crmcom missing", crmcomPost, refused(t, codes.InvalidArgument, "REQUIRED", "x", "subscription_identifier", "give id or number"), 400,
			`{"status":{"code":"MISSING_PARAMETER","message":"subscription_identifier: give id or number","description":"subscription_identifier"},"data":null}`},
		{"crmcom ambiguous", crmcomPost, refused(t, codes.InvalidArgument, "AMBIGUOUS", "x", "services_set[1].service_identifier", "more than one"), 400,
			`{"status":{"code":"AMBIGUOUS_PARAMETER","message":"services_set[1].service_identifier: more than one","description":"services_set[1].service_identifier"},"data":null}`},
		{"crmcom too long", crmcomPost, refused(t, codes.InvalidArgument, "TOO_LONG", "x", "notes", "must have at most 4000 characters"), 400,
			`{"status":{"code":"INVALID_PARAMETER","message":"notes: must have at most 4000 characters","description":"notes"},"data":null}`},
		{"crmcom changed", crmcomPost, refused(t, codes.Aborted, "CONCURRENT_CHANGE", "Changed meanwhile."), 409,
			`{"status":{"code":"CONFLICT","message":"Changed meanwhile.","description":null},"data":null}`},
		{"crmcom too often", crmcomPost, refused(t, codes.ResourceExhausted, "RATE_LIMITED", "Wait."), 429,
			`{"status":{"code":"RATE_LIMITED","message":"Wait.","description":null},"data":null}`},
		{"crmcom forbidden", crmcomPost, refused(t, codes.PermissionDenied, "PERMISSION_DENIED", "x", "unit", "not yours"), 403,
			`{"status":{"code":"PERMISSION_DENIED","message":"unit: not yours","description":"unit"},"data":null}`},
		{"crmcom not found", crmcomPost, refused(t, codes.NotFound, "NOT_FOUND", "No subscription."), 404,
			`{"status":{"code":"NOT_FOUND","message":"No subscription.","description":null},"data":null}`},
		{"crmcom internal", crmcomPost, status.Error(codes.DataLoss, "disk /var/x"), 500,
			`{"status":{"code":"INTERNAL_ERROR","message":"An error has occurred.","description":null},"data":null}`},
		{"crmcom unavailable", crmcomPost, status.Error(codes.Unavailable, "dial tcp 10.0.0.1:9102"), 503,
			`{"status":{"code":"SERVICE_UNAVAILABLE","message":"The service is not available at the moment. Try again later.","description":null},"data":null}`},
		{"crmcom exists", crmcomPost, refused(t, codes.AlreadyExists, "ALREADY_EXISTS", "Taken."), 409,
			`{"status":{"code":"CONFLICT","message":"Taken.","description":null},"data":null}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend.answers(nil, test.refused)
			got := test.request.send(t, server.URL)
			if got.status != test.status || got.text != test.body {
				t.Errorf("got %d %s\nwant %d %s", got.status, got.text, test.status, test.body)
			}
			if got.contentType != "application/json; charset=utf-8" {
				t.Errorf("got content type %q", got.contentType)
			}
			challenges := got.header.Values("WWW-Authenticate")
			if both := len(challenges) == 2 && slices.Contains(challenges, contract.Basic) && slices.Contains(challenges, contract.Bearer); both != (test.status == 401) {
				t.Errorf("got WWW-Authenticate %q with status %d", challenges, test.status)
			}
		})
	}
}

func TestServiceFailuresInXML(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(nil, refused(t, codes.NotFound, "NOT_FOUND", "Nothing <there>."))
	for _, test := range []struct {
		request request
		body    string
	}{
		{sedonaPut, `<Error><Message>Nothing &lt;there&gt;.</Message></Error>`},
		{dynamicsPut, `<ResponseModelApiOfCustomerModelApi xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
			`<success>false</success><message>No se encontró el cliente o la contratación indicada.</message>` +
			`<messageDetail><string>Nothing &lt;there&gt;.</string></messageDetail><failureCode>NOT_FOUND</failureCode></ResponseModelApiOfCustomerModelApi>`},
	} {
		for _, charset := range []string{"utf-8", "utf-16"} {
			got := test.request.send(t, server.URL, "Accept", "text/xml", "Accept-Charset", charset)
			if got.status != http.StatusNotFound || got.contentType != "text/xml; charset="+charset || got.text != test.body {
				t.Errorf("got %d %s %s\nwant %s", got.status, got.contentType, got.text, test.body)
			}
		}
	}
}

func TestNativeFailuresAreStatuses(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, test := range []struct {
		name    string
		refused error
		status  int
		holds   []string
		not     string
	}{
		{"not found", refused(t, codes.NotFound, "NOT_FOUND", "No customer."), 404,
			[]string{`"code":5`, `"message":"No customer."`, `"reason":"NOT_FOUND"`}, ""},
		{"field", refused(t, codes.InvalidArgument, "INVALID_VALUE", "x", "name", "must be a customer's name"), 400,
			[]string{`"code":3`, `"field":"name"`, `"description":"must be a customer's name"`}, ""},
		{"precondition", refused(t, codes.FailedPrecondition, "STATE", "Not now."), 400, []string{`"code":9`}, ""},
		{"internal", status.Error(codes.Internal, "SELECT secret"), 500, []string{`"code":13`}, "SELECT"},
		{"unknown", status.Error(codes.Unknown, "panic"), 500, []string{`"code":13`}, "panic"},
		{"unavailable", status.Error(codes.Unavailable, "dial tcp 10.0.0.1"), 503, []string{`"code":14`}, "dial"},
		{"unimplemented", status.Error(codes.Unimplemented, "unknown service"), 501, []string{`"code":12`}, "unknown service"},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend.answers(nil, test.refused)
			got := nativeGet.send(t, server.URL)
			if got.status != test.status || got.contentType != "application/json" {
				t.Errorf("got %d %s, want %d", got.status, got.contentType, test.status)
			}
			compact := strings.NewReplacer(`": `, `":`, `, "`, `,"`).Replace(got.text)
			for _, part := range test.holds {
				if !strings.Contains(compact, part) {
					t.Errorf("%s lacks %s", got.text, part)
				}
			}
			if test.not != "" && strings.Contains(got.text, test.not) {
				t.Errorf("%s must not contain %s", got.text, test.not)
			}
		})
	}
}
