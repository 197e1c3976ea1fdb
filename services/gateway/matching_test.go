package gateway

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// TestMatching checks which method and values a path resolves to, or which contract rejects it.
func TestMatching(t *testing.T) {
	const (
		line         = "/sedona.v1.CustomerRecurringService/UpdateCustomerRecurring"
		recurrence   = "/dynamics.v1.RecurrenceService/UpdateRecurrence"
		update       = "/crmcom.v2.SubscriptionsService/UpdateSubscription"
		customer     = "/continuo.customerrecurrence.v1.CustomerService/GetCustomer"
		framework    = `{"Message":`
		envelope     = `{"status":{"code":`
		nativeStatus = `{"code":`
	)
	backend := startBackend(t)
	// A wrong path of these operations would match a sibling.
	offered := map[string]bool{"UpdateCustomerRecurring": true, "GetCustomerRecurring": true, "ListItems": true}
	server := startGateway(t, backend, func(candidate *route.Route) bool {
		return offered[string(candidate.RPC.Name())] || candidate.Contract != "sedona"
	})
	bodies := map[bool]string{true: dynamicsPut.body, false: sedonaPut.body}
	for _, test := range []struct {
		method, path string
		rpc, values  string
		status       int
		shape        string
	}{
		{"PUT", "/api/customerrecurring/1", line, "1", 0, ""},
		{"put", "/api/customerrecurring/1", line, "1", 0, ""},
		{"PUT", "/API/CustomerRecurring/1/", line, "1", 0, ""},
		{"PUT", "/api/customerrecurring/1//", line, "1", 0, ""},
		{"PUT", "/api/customerrecurring/+0017", line, "17", 0, ""},
		{"PUT", "/api/customerrecurring/%2017%09", line, "17", 0, ""},
		{"PUT", "/api/customerrecurring/-1", line, "-1", 0, ""},
		{"PUT", "/api/customerrecurring/0x10", line, "16", 0, ""},
		{"PUT", "/api/customerrecurring/%2310", line, "16", 0, ""},
		{"PUT", "/api/customerrecurring/0xFFFFFFFF", line, "-1", 0, ""},
		{"PUT", "/api/customerrecurring/010", line, "10", 0, ""},
		{"PUT", "/api/customerrecurring/x", "", "", 400, framework},
		{"PUT", "/api/customerrecurring/1.0", "", "", 400, framework},
		{"PUT", "/api/customerrecurring/1_0", "", "", 400, framework},
		{"PUT", "/api/customerrecurring/2147483648", "", "", 400, framework},
		{"PUT", "/api/customerrecurring/%20", "", "", 400, framework},
		{"PUT", "/api/customerrecurring/", "", "", 404, framework},
		{"PUT", "/api//customerrecurring/1", "", "", 404, framework},
		{"PUT", "/api/customerrecurring/1/2", "", "", 404, framework},
		{"DELETE", "/api/customerrecurring/1", "", "", 405, framework},
		{"POST", "/api/item", "", "", 405, framework},
		{"PUT", "/api/Dynamics/clients/C 1%25/RECURRENCES/R:1", recurrence, "C 1% R:1", 0, ""},
		{"PUT", "/api/dynamics/clients/C%2F1/recurrences/R1", "", "", 404, framework},
		{"PUT", "/api/dynamics/clients//recurrences/R1", "", "", 404, framework},
		{"POST", "/subscriptions/update", update, "", 0, ""},
		{"POST", "/CRMAPI/rest/v2/Subscriptions/update/", update, "", 0, ""},
		{"GET", "/subscriptions/update", "", "", 405, envelope},
		{"POST", "/subscriptions/nope", "", "", 404, envelope},
		{"POST", "/crmapi", "", "", 404, envelope},
		{"GET", "/customer-recurrence/v1/customers/C-1", customer, "customers/C-1", 0, ""},
		{"GET", "/customer-recurrence/v1/customers/C%2F1", "", "", 400, nativeStatus},
		{"get", "/customer-recurrence/v1/customers/C-1", "", "", 405, nativeStatus},
		{"GET", "/customer-recurrence/v1/Customers/C-1", "", "", 404, nativeStatus},
		{"GET", "/customer-recurrence/v1/customers/C-1/", "", "", 404, nativeStatus},
		{"GET", "/customer-recurrence", "", "", 404, nativeStatus},
		{"GET", "/Customer-Recurrence/v1", "", "", 404, framework},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			got := request{test.method, test.path, "application/json", bodies[strings.Contains(strings.ToLower(test.path), "dynamics")]}.send(t, server.URL)
			calls := backend.take()
			if test.status != 0 {
				if len(calls) != 0 || got.status != test.status || !strings.HasPrefix(got.text, test.shape) {
					t.Errorf("got %d %s and %d calls", got.status, got.text, len(calls))
				}
				return
			}
			if len(calls) != 1 || calls[0].method != test.rpc || valuesOf(calls[0]) != test.values {
				t.Errorf("got %d %s, calls %v", got.status, got.text, calls)
			}
		})
	}
}

// valuesOf returns the values of a call that came from its path.
func valuesOf(received call) string {
	switch asked := received.request.(type) {
	case *sedonav1.UpdateCustomerRecurringRequest:
		return fmt.Sprint(asked.GetId())
	case *dynamicsv1.UpdateRecurrenceRequest:
		return asked.GetClientId() + " " + asked.GetRecurrenceId()
	case *customerrecurrencev1.GetCustomerRequest:
		return asked.GetName()
	default:
		return ""
	}
}

func TestAllowNamesTheMethods(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	for path, want := range map[string]string{
		"/api/customerrecurring/1": "GET, HEAD, PUT", "/customer-recurrence/v1/packages": "GET, HEAD, POST", "/subscriptions/update": "POST",
	} {
		got := request{"TRACE", path, "", ""}.send(t, server.URL)
		if got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != want {
			t.Errorf("%s: got %d, Allow %q", path, got.status, got.header.Get("Allow"))
		}
	}
}
