package route_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	_ "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	_ "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	_ "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	_ "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

func routes(t *testing.T, services ...protoreflect.FullName) []*route.Route {
	t.Helper()
	var all []*route.Route
	for _, service := range services {
		found, err := route.FromService(service, "/prefix")
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func TestKeyMatchesMux(t *testing.T) {
	want := map[protoreflect.Name]string{
		"UpdateCustomerRecurring": "PUT /api/customerrecurring/{id=*}",
		"ListItems":               "GET /api/item",
		"GetCustomer":             "GET /v1/{name=customers/*}",
	}
	for _, candidate := range routes(t, "sedona.v1.CustomerRecurringService", "sedona.v1.ItemService", "continuo.customerrecurrence.v1.CustomerService") {
		if key, listed := want[candidate.RPC.Name()]; listed && candidate.Key() != key {
			t.Errorf("%s: got key %q", candidate.RPC.Name(), candidate.Key())
		}
	}
}

func TestShownKeepsVerbs(t *testing.T) {
	for _, candidate := range routes(t, "continuo.subscription.v1.OrganisationService") {
		if !strings.HasSuffix(candidate.Pattern, ":issueApiKey") {
			continue
		}
		if path, _ := candidate.DocPath(); !strings.HasPrefix(path, "/prefix/v1/") || !strings.HasSuffix(path, "}:issueApiKey") {
			t.Errorf("%s: got %s", candidate.Pattern, path)
		}
		return
	}
	t.Error("no route with a verb was found")
}

func TestTakesQuery(t *testing.T) {
	want := map[protoreflect.Name]bool{
		"UpdateCustomerRecurring": false, "UpdateSubscription": false, "GetCustomer": false, "ListCustomers": true, "CreateCustomer": true,
	}
	for _, candidate := range routes(t, "sedona.v1.CustomerRecurringService", "crmcom.v2.SubscriptionsService", "continuo.customerrecurrence.v1.CustomerService") {
		if takes, listed := want[candidate.RPC.Name()]; listed && candidate.TakesQuery() != takes {
			t.Errorf("TakesQuery of %s: got %v", candidate.RPC.Name(), candidate.TakesQuery())
		}
	}
}
