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

// TestBatchGetIsBoundedByBytes asks for resources of a mebibyte each: of ten it reads no more than eight, and names the first that does not fit; three fit, and
// so does a single one of five.
func TestBatchGetIsBoundedByBytes(t *testing.T) {
	read, size := 0, 1<<20
	ask := func(count int) error {
		names := make([]string, count)
		for i := range names {
			names[i] = "customers/" + string(rune('a'+i))
		}
		found, err := aip.BatchGet(t.Context(), customers.ByName, names, func(_ context.Context, query listing.Query) (ids []string, _ error) {
			for _, id := range "abcdefghij" {
				if slices.Contains(query.Where.(listing.Or), listing.Is("name", string(id))) {
					ids = append(ids, string(id))
				}
			}
			read += len(ids)
			return ids, nil
		}, func(id string) (*webhooksv1.WebhookEndpoint, error) {
			return &webhooksv1.WebhookEndpoint{Name: "customers/" + id, Description: strings.Repeat("d", size)}, nil
		})
		if err == nil && len(found) != count {
			t.Errorf("got %d of %d", len(found), count)
		}
		return err
	}
	refused, ok := fault.As(ask(10))
	if !ok || refused.Kind != fault.FailedPrecondition || refused.Violations[0].Field != "names[3]" || string(refused.Violations[0].Reason) != "TOO_MANY" || read > 8 {
		t.Errorf("got %v after reading %d", refused, read)
	}
	if err := ask(3); err != nil {
		t.Error(err)
	}
	size = 5 << 20
	if err := ask(1); err != nil {
		t.Error(err)
	}
	size = 1 << 10
	if err := ask(10); err != nil {
		t.Error(err)
	}
}

var _ aip.Named = (*webhooksv1.WebhookEndpoint)(nil)
