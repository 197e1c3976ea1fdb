package aip_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

var customers = listing.Spec[string]{
	Name: "customers",
	Fields: listing.Fields[string]{
		"name": {Filter: true, Parse: resourcename.MustCompile("customers/{customer}").Parser()},
	},
}

var ann = auth.With(context.Background(), auth.Principal{Tenant: "a", Actor: "ann"})

// store holds the ids of customers, and counts how it is read.
type store struct {
	mutation.Store[*store, mutation.Writer]
	ids []string
	// transactions and reads count, read is how many ids were read.
	transactions, reads, read int
}

func (s *store) Read(ctx context.Context, _ auth.Tenant, do func(context.Context, *store) error) error {
	s.transactions++
	return do(ctx, s)
}

// list reads customers in one read of the domain.
func (s *store) list(ctx context.Context, query listing.Query) ([]string, error) {
	return mutation.Read(ctx, mutation.Service[*store, mutation.Writer]{Store: s}, func(context.Context, *store) (found []string, _ error) {
		s.reads++
		for _, id := range s.ids {
			if slices.Contains(query.Where.(listing.Or), listing.Is("name", id)) {
				found = append(found, id)
			}
		}
		s.read += len(found)
		return found, nil
	})
}

// readCustomers reads the customers a, b and é as a store does.
func readCustomers(ctx context.Context, query listing.Query) ([]string, error) {
	return (&store{ids: []string{"é", "b", "a"}}).list(ctx, query)
}

func customerNamed(id string) (*webhooksv1.WebhookEndpoint, error) {
	return &webhooksv1.WebhookEndpoint{Name: "customers/" + id}, nil
}

func TestBatchGetReturnsResourcesInTheOrderOfTheNames(t *testing.T) {
	found, err := aip.BatchGet(ann, customers.ByName, []string{"customers/b", "customers/e\u0301", "customers/a", "customers/b"}, readCustomers, customerNamed)
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
		_, err := aip.BatchGet(ann, customers.ByName, strings.Fields(names), readCustomers, customerNamed)
		refused, ok := fault.As(err)
		if !ok || refused.Kind != want.kind || refused.Violations[0].Field != want.field || string(refused.Violations[0].Reason) != want.reason {
			t.Errorf("%s: got %v, want %v", names, err, want)
		}
	}
}

// TestBatchGetIsBoundedByBytes asks for resources of a mebibyte each: of ten it reads no more than eight, and names the first that does not fit; three fit, and
// so does a single one of five.
func TestBatchGetIsBoundedByBytes(t *testing.T) {
	kept, size := &store{ids: strings.Split("abcdefghij", "")}, 1<<20
	ask := func(count int) error {
		names := make([]string, count)
		for i := range names {
			names[i] = "customers/" + kept.ids[i]
		}
		found, err := aip.BatchGet(ann, customers.ByName, names, kept.list, func(id string) (*webhooksv1.WebhookEndpoint, error) {
			return &webhooksv1.WebhookEndpoint{Name: "customers/" + id, Description: strings.Repeat("d", size)}, nil
		})
		if err == nil && len(found) != count {
			t.Errorf("got %d of %d", len(found), count)
		}
		return err
	}
	refused, ok := fault.As(ask(10))
	if !ok || refused.Kind != fault.FailedPrecondition || refused.Violations[0].Field != "names[3]" || string(refused.Violations[0].Reason) != "TOO_MANY" || kept.read > 8 {
		t.Errorf("got %v after reading %d", refused, kept.read)
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

// TestBatchGetCostsOneTransaction asks for a thousand names: of small resources, and of eight large ones before small ones, which
// nearly fill the answer. Both are read in ten portions at most, in one transaction.
func TestBatchGetCostsOneTransaction(t *testing.T) {
	for _, large := range []int{0, 8} {
		kept, names := &store{}, make([]string, 1000)
		for i := range names {
			kept.ids = append(kept.ids, fmt.Sprint(i))
			names[i] = "customers/" + kept.ids[i]
		}
		found, err := aip.BatchGet(ann, customers.ByName, names, kept.list, func(id string) (*webhooksv1.WebhookEndpoint, error) {
			m := &webhooksv1.WebhookEndpoint{Name: "customers/" + id}
			if i, err := strconv.Atoi(id); err != nil || i < large {
				m.Description = strings.Repeat("d", 500<<10)
			}
			return m, nil
		})
		if err != nil || len(found) != len(names) || kept.transactions != 1 || kept.reads > 10 {
			t.Errorf("%d large ones: got %d in %d reads of %d transactions, error %v", large, len(found), kept.reads, kept.transactions, err)
		}
	}
}

// TestBatchGetReadsFewLargeResourcesAfterSmallOnes has sizes that no one could expect: no more than 128 of the large ones are read.
func TestBatchGetReadsFewLargeResourcesAfterSmallOnes(t *testing.T) {
	kept, names := &store{}, make([]string, 1000)
	for i := range names {
		kept.ids = append(kept.ids, fmt.Sprint(i))
		names[i] = "customers/" + kept.ids[i]
	}
	large := strings.Repeat("d", 500<<10)
	_, err := aip.BatchGet(ann, customers.ByName, names, kept.list, func(id string) (*webhooksv1.WebhookEndpoint, error) {
		m := &webhooksv1.WebhookEndpoint{Name: "customers/" + id}
		if i, err := strconv.Atoi(id); err != nil || i >= 8 {
			m.Description = large
		}
		return m, nil
	})
	if refused, ok := fault.As(err); !ok || refused.Violations[0].Field != "names[16]" || kept.read > 8+128 {
		t.Errorf("got %v after reading %d", err, kept.read)
	}
}

// TestBatchGetRefusesReadsOfNoTransaction uses a read that does not share the transaction of others.
func TestBatchGetRefusesReadsOfNoTransaction(t *testing.T) {
	read := func(context.Context, listing.Query) ([]string, error) { return []string{"a"}, nil }
	if found, err := aip.BatchGet(ann, customers.ByName, []string{"customers/a"}, read, customerNamed); err == nil {
		t.Errorf("got %v", found)
	}
}

var _ aip.Named = (*webhooksv1.WebhookEndpoint)(nil)
