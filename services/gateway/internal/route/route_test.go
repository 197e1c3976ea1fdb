package route_test

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	_ "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	_ "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	_ "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

func table(t *testing.T) *route.Table {
	t.Helper()
	// The siblings of these have paths that a wrong path of theirs would match.
	offered := map[protoreflect.Name]bool{"UpdateCustomerRecurring": true, "GetCustomerRecurring": true, "ListItems": true}
	var all []*route.Route
	for _, service := range []struct {
		name   protoreflect.FullName
		prefix string
	}{
		{"sedona.v1.CustomerRecurringService", ""},
		{"sedona.v1.ItemService", ""},
		{"dynamics.v1.RecurrenceService", ""},
		{"crmcom.v2.SubscriptionsService", ""},
		{"crmcom.v2.AuthenticationService", ""},
		{"continuo.customerrecurrence.v1.CustomerService", "/customer-recurrence"},
		{"continuo.subscription.v1.OrganisationService", "/subscription"},
	} {
		routes, err := route.FromService(service.name, service.prefix)
		if err != nil {
			t.Fatal(err)
		}
		for _, candidate := range routes {
			if offered[candidate.RPC.Name()] || candidate.Contract != route.Sedona {
				all = append(all, candidate)
			}
		}
	}
	return route.NewTable(all)
}

func TestMatch(t *testing.T) {
	const (
		line       = "sedona.v1.CustomerRecurringService.UpdateCustomerRecurring"
		recurrence = "dynamics.v1.RecurrenceService.UpdateRecurrence"
		update     = "crmcom.v2.SubscriptionsService.UpdateSubscription"
		customer   = "continuo.customerrecurrence.v1.CustomerService.GetCustomer"
	)
	routes := table(t)
	for _, test := range []struct {
		method, path string
		rpc, spelled string
		err          error
		contract     route.Contract
	}{
		{"PUT", "/api/customerrecurring/1", line, "/api/customerrecurring/1", nil, route.Sedona},
		{"put", "/api/customerrecurring/1", line, "/api/customerrecurring/1", nil, route.Sedona},
		{"PUT", "/API/CustomerRecurring/1/", line, "/api/customerrecurring/1", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/1//", line, "/api/customerrecurring/1", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/+0017", line, "/api/customerrecurring/17", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/%2017%09", line, "/api/customerrecurring/17", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/-1", line, "/api/customerrecurring/-1", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/0x10", line, "/api/customerrecurring/16", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/%2310", line, "/api/customerrecurring/16", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/0xFFFFFFFF", line, "/api/customerrecurring/-1", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/010", line, "/api/customerrecurring/10", nil, route.Sedona},
		{"PUT", "/api/customerrecurring/x", line, "", route.ErrValue, route.Sedona},
		{"PUT", "/api/customerrecurring/1.0", line, "", route.ErrValue, route.Sedona},
		{"PUT", "/api/customerrecurring/1_0", line, "", route.ErrValue, route.Sedona},
		{"PUT", "/api/customerrecurring/2147483648", line, "", route.ErrValue, route.Sedona},
		{"PUT", "/api/customerrecurring/%20", line, "", route.ErrValue, route.Sedona},
		{"PUT", "/api/customerrecurring/", "", "", route.ErrNoRoute, route.Framework},
		{"PUT", "/api//customerrecurring/1", "", "", route.ErrNoRoute, route.Framework},
		{"PUT", "/api/customerrecurring/1/2", "", "", route.ErrNoRoute, route.Framework},
		{"DELETE", "/api/customerrecurring/1", "", "", route.ErrMethod, route.Sedona},
		{"POST", "/api/item", "", "", route.ErrMethod, route.Sedona},
		{"PUT", "/api/Dynamics/clients/C 1%25/RECURRENCES/R:1", recurrence, "/api/dynamics/clients/C 1%/recurrences/R:1", nil, route.Dynamics},
		{"PUT", "/api/dynamics/clients/C%2F1/recurrences/R1", "", "", route.ErrNoRoute, route.Framework},
		{"PUT", "/api/dynamics/clients//recurrences/R1", "", "", route.ErrNoRoute, route.Framework},
		{"POST", "/subscriptions/update", update, "/subscriptions/update", nil, route.CRMCOM},
		{"POST", "/CRMAPI/rest/v2/Subscriptions/update/", update, "/crmapi/rest/v2/subscriptions/update", nil, route.CRMCOM},
		{"GET", "/subscriptions/update", "", "", route.ErrMethod, route.CRMCOM},
		{"POST", "/subscriptions/nope", "", "", route.ErrNoRoute, route.CRMCOM},
		{"POST", "/crmapi", "", "", route.ErrNoRoute, route.CRMCOM},
		{"GET", "/customer-recurrence/v1/customers/C-1", customer, "/customer-recurrence/v1/customers/C-1", nil, route.Native},
		{"GET", "/customer-recurrence/v1/customers/C%2F1", customer, "/customer-recurrence/v1/customers/C/1", nil, route.Native},
		{"get", "/customer-recurrence/v1/customers/C-1", "", "", route.ErrMethod, route.Native},
		{"GET", "/customer-recurrence/v1/Customers/C-1", "", "", route.ErrNoRoute, route.Native},
		{"GET", "/customer-recurrence/v1/customers/C-1/", "", "", route.ErrNoRoute, route.Native},
		{"GET", "/customer-recurrence", "", "", route.ErrNoRoute, route.Native},
		{"GET", "/Customer-Recurrence/v1", "", "", route.ErrNoRoute, route.Framework},
		{"GET", "/", "", "", route.ErrNoRoute, route.Framework},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			requested, err := url.Parse("http://host" + test.path)
			if err != nil {
				t.Fatal(err)
			}
			found := routes.Match(test.method, requested)
			if !errors.Is(found.Err, test.err) || found.Contract != test.contract {
				t.Fatalf("%v in %s, want %v in %s", found.Err, found.Contract, test.err, test.contract)
			}
			rpc := ""
			if found.Route != nil {
				rpc = string(found.Route.RPC.FullName())
			}
			if rpc != test.rpc || found.Err == nil && found.Path != test.spelled {
				t.Errorf("%s as %q, want %s as %q", rpc, found.Path, test.rpc, test.spelled)
			}
		})
	}
}

func TestMatchTellsTheMethodsOfAPath(t *testing.T) {
	found := table(t).Match("DELETE", &url.URL{Path: "/api/customerrecurring/1"})
	if !slices.Equal(found.Allowed, []string{"GET", "PUT"}) {
		t.Errorf("allowed %v", found.Allowed)
	}
}

func TestMatchKeepsTheVerbOfANativePath(t *testing.T) {
	routes := table(t)
	for _, candidate := range routes.Routes() {
		if !strings.HasSuffix(candidate.Pattern, ":issueApiKey") {
			continue
		}
		path, parameters := candidate.Shown()
		for _, parameter := range parameters {
			path = strings.ReplaceAll(path, "{"+parameter.Name+"}", "x")
		}
		if found := routes.Match(candidate.HTTPMethod, &url.URL{Path: path}); found.Route != candidate {
			t.Errorf("%s leads to %+v", path, found)
		}
		return
	}
	t.Error("no route has a verb")
}

func TestTakesQuery(t *testing.T) {
	want := map[protoreflect.Name]bool{
		"UpdateCustomerRecurring": false, "UpdateSubscription": false, "GetCustomer": false, "ListCustomers": true, "CreateCustomer": true,
	}
	for _, candidate := range table(t).Routes() {
		if takes, listed := want[candidate.RPC.Name()]; listed && candidate.TakesQuery() != takes {
			t.Errorf("%s takes a query: %v", candidate.RPC.Name(), candidate.TakesQuery())
		}
	}
}
