package aip_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/types/known/wrapperspb"
	"pgregory.net/rapid"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

func TestOrderByParsesFields(t *testing.T) {
	for orderBy, want := range map[string][]listing.Order{
		"":                            {{Field: "name"}},
		" name desc ":                 {{Field: "name", Descending: true}},
		"description":                 {{Field: "description"}, {Field: "name"}},
		"description desc":            {{Field: "description", Descending: true}, {Field: "name", Descending: true}},
		"description asc, name  desc": {{Field: "description"}, {Field: "name", Descending: true}},
	} {
		if got, err := aip.OrderBy(lines, orderBy); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: got %v, %v, want %v", orderBy, got, err, want)
		}
	}
	for orderBy, want := range map[string]string{
		"colour":                 `"colour" is not a field that this list can be ordered by; these are: description, name`,
		"customer_id":            `"customer_id" is not a field`,
		"name, name desc":        `"name" is repeated`,
		"name,":                  "must be field names with commas",
		"name down":              "must be field names with commas",
		"name; drop":             "must be field names with commas",
		strings.Repeat("n", 501): "must have at most 500 characters",
	} {
		_, err := aip.OrderBy(lines, orderBy)
		if refused, ok := fault.As(err); !ok || refused.Violations[0].Reason != "INVALID_ORDER" || !strings.Contains(refused.Message, want) {
			t.Errorf("%q: got %v, want %s", orderBy, err, want)
		}
	}
}

func sealer() *pagetoken.Sealer {
	return pagetoken.New(func(context.Context) ([]byte, error) { return []byte("secret"), nil })
}

func tenant(name auth.Tenant) context.Context {
	return auth.With(context.Background(), auth.Principal{Tenant: name, Actor: "test"})
}

// page requests a page and returns the descriptions on it.
func page(ctx context.Context, sealer aip.Sealer, spec listing.Spec[line], r aip.Request, all []line) ([]string, string, error) {
	messages, next, err := aip.List(ctx, sealer, spec, r, reading(all), message)
	texts := make([]string, len(messages))
	for i, m := range messages {
		texts[i] = m.GetValue()
	}
	return texts, next, err
}

// TestListReturnsEachItemOnce pages in random orders and sizes, with and without a size limit.
func TestListReturnsEachItemOnce(t *testing.T) {
	sealer := sealer()
	rapid.Check(t, func(t *rapid.T) {
		var all []line
		for id := range rapid.Int64Range(0, 40).Draw(t, "lines") {
			all = append(all, line{ID: id, Description: fmt.Sprint(id, strings.Repeat("x", rapid.IntRange(0, 30).Draw(t, "length")))})
		}
		spec := lines
		spec.PageBytes = rapid.SampledFrom([]int{0, 1, 60, 200}).Draw(t, "bytes")
		r := request{
			size:    rapid.Int32Range(0, 12).Draw(t, "size"),
			orderBy: rapid.SampledFrom([]string{"", "name desc", "description", "description desc, name"}).Draw(t, "order"),
		}
		var met []string
		for {
			texts, next, err := page(tenant("t"), sealer, spec, &r, all)
			if err != nil {
				t.Fatal(err)
			}
			if bytes := len(strings.Join(texts, "--")); len(texts) > aip.Size(r.size) || spec.PageBytes > 0 && len(texts) > 1 && bytes > spec.PageBytes {
				t.Fatalf("got a page with %d items of %d bytes", len(texts), bytes)
			}
			if met = append(met, texts...); next == "" {
				break
			}
			r.token = next
		}
		order, _ := aip.OrderBy(spec, r.orderBy)
		slices.SortFunc(all, func(a, b line) int { return compare(order, a, b) })
		for i, l := range all {
			if i >= len(met) || met[i] != l.Description {
				t.Fatalf("got %q, want %v", met, all)
			}
		}
		if len(met) != len(all) {
			t.Fatalf("got %q, want %v", met, all)
		}
	})
}

func TestListRejectsTokensOfOtherLists(t *testing.T) {
	sealer, all := sealer(), []line{{ID: 1}, {ID: 2}, {ID: 3}}
	first := request{size: 1, filter: "open", orderBy: "name desc"}
	_, token, err := page(tenant("t"), sealer, lines, &first, all)
	if err != nil || token == "" {
		t.Fatalf("first page: got token %q, %v", token, err)
	}
	other := lines
	other.Name = "others"
	for name, test := range map[string]struct {
		ctx  context.Context
		spec listing.Spec[line]
		r    request
		good bool
	}{
		"the same":           {tenant("t"), lines, request{filter: "open", orderBy: "name desc"}, true},
		"another size":       {tenant("t"), lines, request{size: 7, filter: "open", orderBy: "name desc"}, true},
		"the same in effect": {tenant("t"), lines, request{filter: " open  = true", orderBy: "name  desc"}, true},
		"another tenant":     {tenant("u"), lines, request{filter: "open", orderBy: "name desc"}, false},
		"another list":       {tenant("t"), other, request{filter: "open", orderBy: "name desc"}, false},
		"another parent":     {tenant("t"), lines.Within(listing.Is("customer", "C-1")), request{filter: "open", orderBy: "name desc"}, false},
		"another filter":     {tenant("t"), lines, request{filter: "NOT open", orderBy: "name desc"}, false},
		"no filter":          {tenant("t"), lines, request{orderBy: "name desc"}, false},
		"another order":      {tenant("t"), lines, request{filter: "open", orderBy: "name"}, false},
		"another length":     {tenant("t"), lines, request{filter: "open", orderBy: "description desc"}, false},
	} {
		test.r.token = token
		_, _, err := page(test.ctx, sealer, test.spec, &test.r, all)
		if refused, _ := fault.As(err); (err == nil) != test.good || err != nil && (refused.Violations[0].Field != "page_token" || refused.Reason != "INVALID_PAGE_TOKEN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListReturnsErrors(t *testing.T) {
	sealer, wrong := sealer(), errors.New("wrong")
	none := func(context.Context, listing.Query) ([]line, error) { return nil, wrong }
	if _, _, err := aip.List(tenant("t"), sealer, lines, &request{}, none, message); !errors.Is(err, wrong) {
		t.Errorf("reading: %v", err)
	}
	unable := func(line) (*wrapperspb.StringValue, error) { return nil, wrong }
	if _, _, err := aip.List(tenant("t"), sealer, lines, &request{}, reading([]line{{ID: 1}}), unable); !errors.Is(err, wrong) {
		t.Errorf("rendering: %v", err)
	}
	if _, _, err := page(context.Background(), sealer, lines, &request{}, nil); !errors.Is(err, fault.Unauthenticated) {
		t.Errorf("without a caller: %v", err)
	}
	if _, _, err := page(tenant("t"), sealer, lines, &request{filter: "x"}, nil); !errors.Is(err, fault.Invalid) {
		t.Errorf("with an invalid filter: %v", err)
	}
}

// TestListCombinesAllConditions checks the conditions of the list, the parent and the caller.
func TestListCombinesAllConditions(t *testing.T) {
	var asked listing.Query
	read := func(_ context.Context, query listing.Query) ([]line, error) {
		asked = query
		return nil, nil
	}
	spec := lines.Within(listing.Is("customer", "C-1"))
	if _, _, err := aip.List(tenant("t"), sealer(), spec, &request{size: 10, filter: "open"}, read, message); err != nil {
		t.Fatal(err)
	}
	want := listing.Query{Where: listing.And{is("customer", "C-1"), is("open", true)}, Order: []listing.Order{{Field: "name"}}, Limit: 11}
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("got query %#v, want %#v", asked, want)
	}
	if _, _, err := aip.List(tenant("t"), sealer(), lines, &webhooksv1.ListWebhookEndpointsRequest{}, read, message); err != nil || asked.Limit != aip.DefaultSize+1 {
		t.Errorf("request without a filter: got %#v, %v", asked, err)
	}
}

func TestSizeLimitsPageSizes(t *testing.T) {
	for requested, want := range map[int32]int{0: aip.DefaultSize, -3: aip.DefaultSize, 1: 1, 1000: 1000, 1001: aip.MaxSize} {
		if got := aip.Size(requested); got != want {
			t.Errorf("Size(%d): got %d, want %d", requested, got, want)
		}
	}
}

func TestEnumNames(t *testing.T) {
	got := aip.EnumNames(map[string]changesv1.Kind{"CREATED": changesv1.Kind_KIND_CREATED})
	if want := map[string]string{"KIND_CREATED": "CREATED"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got names %v", got)
	}
}
