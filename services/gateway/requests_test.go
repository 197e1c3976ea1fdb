package gateway

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// TestRejectedRequests sends requests that are rejected before they reach a service.
func TestRejectedRequests(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	crm := func(code, message, description string) string {
		return fmt.Sprintf(`{"status":{"code":%q,"message":%q,"description":%s},"data":null}`, code, message, description)
	}
	large := strings.Repeat(" ", defaultMaxBodyBytes+1)
	tooLong := "?" + strings.Repeat("x", maxURIBytes)
	for _, test := range []struct {
		name    string
		request request
		status  int
		holds   string
	}{
		{"crmcom unknown path", request{"POST", "/subscriptions/nope", "", ""}, 404, `{"status":{"code":"NOT_FOUND",`},
		{"crmcom unknown versioned path", request{"POST", "/crmapi/rest/v9/subscriptions/update", "", "{}"}, 404, `{"status":{"code":"NOT_FOUND",`},
		{"crmcom method", request{"GET", "/subscriptions/update", "", ""}, 405,
			crm("METHOD_NOT_ALLOWED", "The requested resource does not support http method 'GET'.", "null")},
		{"crmcom media type", request{"POST", "/subscriptions/update", "application/xml", "<a/>"}, 415,
			crm("UNSUPPORTED_MEDIA_TYPE", "The request entity's media type 'application/xml' is not supported for this resource.", "null")},
		{"crmcom form", request{"POST", "/subscriptions/update", "application/x-www-form-urlencoded", "token=t"}, 415, `{"status":{"code":"UNSUPPORTED_MEDIA_TYPE",`},
		{"crmcom empty", request{"POST", "/subscriptions/update", "application/json", ""}, 400,
			crm("MISSING_PARAMETER", "A request body is required.", "null")},
		{"crmcom not JSON", request{"POST", "/subscriptions/update", "application/json", "{token"}, 400, `{"status":{"code":"INVALID_PARAMETER",`},
		{"crmcom too large", request{"POST", "/subscriptions/update", "application/json", large}, 413, `{"status":{"code":"REQUEST_TOO_LARGE",`},
		{"sedona empty with a foreign type", request{"PUT", "/api/customerrecurring/1", "text/plain", ""}, 400, `{"Message":"The request is invalid.","ModelState":{"model":["A request body is required."]}}`},
		{"sedona no type", request{"PUT", "/api/customerrecurring/1", "", "{}"}, 415,
			`{"Message":"The request contains an entity body but no Content-Type header. The inferred media type 'application/octet-stream' is not supported for this resource."}`},
		{"sedona id and media type", request{"PUT", "/api/customerrecurring/x", "text/plain", "x"}, 415, `{"Message":`},
		{"sedona id and body", request{"PUT", "/api/customerrecurring/x", "application/json", "{"}, 400, `{"Message":"The request is invalid."}`},
		{"sedona too large", request{"PUT", "/api/customerrecurring/1", "application/json", large}, 413, `{"Message":"The request's body is larger than 1048576 bytes."}`},
		{"sedona long query", request{"PUT", "/api/customerrecurring/1" + tooLong, "application/json", "{}"}, 414, `{"Message":`},
		{"sedona unknown path, query and escapes", request{"GET", "/api/caf%C3%A9%20x/%25%3F?a=b%20c", "", ""}, 404,
			`{"Message":"No HTTP resource was found that matches the request URI '` + server.URL + `/api/café x/%25%3F?a=b%20c'."}`},
		{"dynamics too large", request{"PUT", "/api/dynamics/clients/C/recurrences/R", "application/json", large}, 413, `{"Message":`},
		{"dynamics body", request{"PUT", "/api/dynamics/clients/C/recurrences/R", "application/json", `{"recurrence":{"price":"x"}}`}, 400,
			`{"success":false,"message":"La solicitud contiene datos no válidos.","messageDetail":["recurrence.price: `},
		{"dynamics empty", request{"PUT", "/api/dynamics/clients/C/recurrences/R", "application/json", ""}, 400,
			`{"success":false,"message":"Falta un dato obligatorio en la solicitud.","messageDetail":["A request body is required."],"failureCode":"MISSING_PARAMETER","data":null}`},
		{"native unknown path", request{"GET", "/customer-recurrence/v1/nope", "", ""}, 404, `"message":"No HTTP resource was found`},
		{"native method", request{"DELETE", "/customer-recurrence/v1/customers", "", ""}, 405, `"code":12`},
		{"native media type", request{"POST", "/customer-recurrence/v1/customers", "application/xml", "<a/>"}, 415, `"code":3`},
		{"native without a media type", request{"POST", "/customer-recurrence/v1/customers", "", "{}"}, 415, `"code":3`},
		{"native unknown field", request{"POST", "/customer-recurrence/v1/customers", "application/json", `{"nope":1}`}, 400, `nope`},
		{"native too large", request{"POST", "/customer-recurrence/v1/customers", "application/json", large}, 413, `"code":8`},
	} {
		t.Run(test.name, func(t *testing.T) {
			backend.take()
			got := test.request.send(t, server.URL)
			compact := strings.NewReplacer(`":  `, `":`, `": `, `":`).Replace(got.text)
			if got.status != test.status || !strings.Contains(compact, test.holds) {
				t.Errorf("got %d %s\nwant %d %s", got.status, got.text, test.status, test.holds)
			}
			if len(backend.take()) != 0 {
				t.Error("the request reached a service")
			}
			got.checkWellFormed(t)
		})
	}
}

// TestSiblingRoutes tests routes that the recorded application did not have.
func TestSiblingRoutes(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	backend.answers(&sedonav1.GetCustomerRecurringResponse{CustomerRecurring: &sedonav1.CustomerRecurring{ItemCode: proto.String("RMR")}}, nil)
	got := request{"GET", "/api/CustomerRecurring/007", "", ""}.send(t, server.URL, "Accept", "text/json")
	if got.status != http.StatusOK || got.contentType != "text/json; charset=utf-8" || !strings.Contains(got.text, `"ItemCode":"RMR"`) {
		t.Errorf("got %d %s %s", got.status, got.contentType, got.text)
	}
	if asked := backend.take()[0].request.(*sedonav1.GetCustomerRecurringRequest); asked.GetId() != 7 {
		t.Errorf("got request for %d", asked.GetId())
	}
	backend.answers(&sedonav1.ListItemsResponse{Items: []*sedonav1.Item{{ItemCode: proto.String("RMR")}}}, nil)
	got = request{"GET", "/api/item/", "", ""}.send(t, server.URL)
	if got.status != http.StatusOK || !strings.HasPrefix(got.text, `[{"ItemId":0,"ItemCode":"RMR"`) {
		t.Errorf("got %d %s", got.status, got.text)
	}
}

func TestAnswerWithoutBody(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	got := sedonaPut.send(t, server.URL)
	if got.status != http.StatusNoContent || got.text != "" || got.contentType != "" || got.header.Get("Content-Length") != "" {
		t.Errorf("got %d %q, content type %q, length %q", got.status, got.text, got.contentType, got.header.Get("Content-Length"))
	}
}

func TestCRMCOMAcceptsJSONMediaTypes(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, path := range []string{"/subscriptions/update", "/crmapi/rest/v2/subscriptions/update"} {
		for _, contentType := range []string{"application/json", "text/json", "application/json; charset=utf-8", ""} {
			crmcomPost := request{"POST", path, contentType, crmcomPost.body}
			got := crmcomPost.send(t, server.URL, "Accept", "application/xml")
			if got.status != http.StatusOK || got.contentType != "application/json; charset=utf-8" || len(backend.take()) != 1 {
				t.Errorf("%s as %q: got %d %s %s", path, contentType, got.status, got.contentType, got.text)
			}
		}
	}
}

func TestMethodWithoutParametersAcceptsEmptyBody(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, body := range []string{"", "{}", "null"} {
		got := request{"POST", "/authentication/web_api_key/token", "", body}.send(t, server.URL, "Authorization", "Basic a2V5Og==")
		calls := backend.take()
		if got.status != http.StatusOK || len(calls) != 1 || calls[0].metadata.Get("authorization")[0] != "Basic a2V5Og==" {
			t.Errorf("body %q: got %d %s", body, got.status, got.text)
		}
	}
}

func TestQueryBindsToNativeFieldsOnly(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	got := request{"GET", "/customer-recurrence/v1/customers?page_size=7&pageToken=x", "", ""}.send(t, server.URL)
	asked := backend.take()[0].request.(*customerrecurrencev1.ListCustomersRequest)
	if got.status != http.StatusOK || asked.GetPageSize() != 7 || asked.GetPageToken() != "x" {
		t.Errorf("got %d, request %v", got.status, asked)
	}
	put := sedonaPut
	put.path += "?id=9&customer_recurring_update.item_code=X&%zz;"
	if got := put.send(t, server.URL); got.status != http.StatusNoContent {
		t.Errorf("got %d %s", got.status, got.text)
	}
	bound := backend.take()[0].request.(*sedonav1.UpdateCustomerRecurringRequest)
	if bound.GetId() != 1 || bound.GetCustomerRecurringUpdate().GetItemCode() != "RMR" {
		t.Errorf("got %v", bound)
	}
}

func TestNativeIDsInPaths(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	long := strings.Repeat("Ñ", 255)
	for path, want := range map[string]string{
		"a+b": "a+b", "a%2Bb": "a+b", "a%20b": "a b", "%C3%911": "Ñ1", "Ñ1": "Ñ1", url.PathEscape(long): long,
		"50%25": "50%", "%2541": "%41", "a:b": "a:b", "a%3Ab": "a:b", "a;b=c,d": "a;b=c,d", "a%3Fb%23": "a?b#", "...": "...", "~a'(b)*!$&@": "~a'(b)*!$&@",
		"C%2F1": "", "C%2f1": "", ".": "", "..": "", "%2E": "", "%2e%2E": "", "%FF": "", "a%C3": "", "C-1/../C-2": "",
	} {
		backend.take()
		got := request{"GET", "/customer-recurrence/v1/customers/" + path, "", ""}.send(t, server.URL)
		calls := backend.take()
		if want == "" {
			if got.status != http.StatusBadRequest || len(calls) != 0 || !strings.Contains(got.text, `"field":"path"`) {
				t.Errorf("%s: got %d %s and %d calls", path, got.status, got.text, len(calls))
			}
			continue
		}
		if len(calls) != 1 || calls[0].request.(*customerrecurrencev1.GetCustomerRequest).GetName() != "customers/"+want {
			t.Errorf("%s: got %d, calls %v", path, got.status, calls)
		}
	}
}

func TestForwardedHeaders(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	got := sedonaPut.send(t, server.URL, "Authorization", "Basic eDp5", "X-Request-Id", "req-1", "Cookie", "a=b",
		"Idempotency-Key", "key-1",
		"Grpc-Metadata-Tenant", "other", "Grpc-Timeout", "1n", "X-Forwarded-For", "10.9.8.7", "X-HTTP-Method-Override", "DELETE")
	if got.status != http.StatusNoContent || got.header.Get("X-Request-Id") != "req-1" {
		t.Fatalf("got %d, request id %q", got.status, got.header.Get("X-Request-Id"))
	}
	metadata := backend.take()[0].metadata
	if value := metadata.Get("authorization"); len(value) != 1 || value[0] != "Basic eDp5" {
		t.Errorf("got authorization %v", value)
	}
	if value := metadata.Get("x-request-id"); len(value) != 1 || value[0] != "req-1" {
		t.Errorf("got x-request-id %v", value)
	}
	if value := metadata.Get("idempotency-key"); len(value) != 1 || value[0] != "key-1" {
		t.Errorf("got idempotency-key %v", value)
	}
	for _, name := range []string{"tenant", "cookie", "grpcgateway-cookie", "grpcgateway-authorization", "x-http-method-override"} {
		if value := metadata.Get(name); len(value) != 0 {
			t.Errorf("unexpected %s %v", name, value)
		}
	}
}

// TestForwardedForCountsFromTrustedProxies checks that only trusted peers say whom they ask for.
func TestForwardedForCountsFromTrustedProxies(t *testing.T) {
	for name, test := range map[string]struct {
		proxies source.Proxies
		want    string
	}{
		"loopback by default": {nil, "10.9.8.7"},
		"nobody":              {source.Proxies{}, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			backend := startBackend(t)
			config := configFor(backend)
			config.Admission.Proxies = test.proxies
			server := startGatewayWith(t, config, everyRoute)
			sedonaPut.send(t, server.URL, "X-Forwarded-For", "10.9.8.7")
			if value := backend.take()[0].metadata.Get("x-forwarded-for"); len(value) != 1 || value[0] != test.want {
				t.Errorf("got x-forwarded-for %v, want %s", value, test.want)
			}
		})
	}
}

func TestInvalidRequestIDIsReplaced(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	for _, offered := range []string{"", strings.Repeat("x", 129), "a b"} {
		got := sedonaPut.send(t, server.URL, "X-Request-Id", offered)
		if made := got.header.Get("X-Request-Id"); made == "" || made == offered {
			t.Errorf("offered request id %q, got %q", offered, made)
		}
	}
}
