package aip_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

var customers = listing.Spec[string]{
	Name: "customers",
	Fields: listing.Fields[string]{
		"name": {Filter: true, Parse: resourcename.MustCompile("customers/{customer}").Parser()},
	},
}

// readCustomers reads the customers a, b and é as a store does.
func readCustomers(_ context.Context, query listing.Query) (found []string, _ error) {
	for _, id := range []string{"é", "b", "a"} {
		if slices.Contains(query.Where.(listing.Or), listing.Is("name", id)) {
			found = append(found, id)
		}
	}
	return found, nil
}

func customerNamed(id string) (*webhooksv1.WebhookEndpoint, error) {
	return &webhooksv1.WebhookEndpoint{Name: "customers/" + id}, nil
}

func TestBatchGetReturnsResourcesInTheOrderOfTheNames(t *testing.T) {
	found, err := aip.BatchGet(t.Context(), customers.ByName, []string{"customers/b", "customers/e\u0301", "customers/a", "customers/b"}, readCustomers, customerNamed)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range found {
		names = append(names, m.GetName())
	}
	if want := "customers/b customers/é customers/a customers/b"; strings.Join(names, " ") != want {
		t.Errorf("got %q, want %s", names, want)
	}
}

func TestBatchGetNamesTheElementThatIsWrong(t *testing.T) {
	for names, want := range map[string]struct {
		kind          fault.Kind
		field, reason string
	}{
		"customers/a customers/c": {fault.NotFound, "names[1]", "NOT_FOUND"},
		"customers/a clients/a":   {fault.Invalid, "names[1]", "INVALID_NAME"},
	} {
		_, err := aip.BatchGet(t.Context(), customers.ByName, strings.Fields(names), readCustomers, customerNamed)
		refused, ok := fault.As(err)
		if !ok || refused.Kind != want.kind || refused.Violations[0].Field != want.field || string(refused.Violations[0].Reason) != want.reason {
			t.Errorf("%s: got %v, want %v", names, err, want)
		}
	}
}

var _ aip.Named = (*webhooksv1.WebhookEndpoint)(nil)
