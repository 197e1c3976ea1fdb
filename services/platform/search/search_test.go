package search_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	searchv1 "github.com/continuo-billing/continuo/gen/go/continuo/search/v1"
	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/search"
)

// thing is a resource with a number and a name.
type thing struct {
	number int64
	name   string
}

var things = listing.Spec[thing]{Name: "things", Fields: listing.Fields[thing]{"name": {Kind: listing.Integer}, "description": {}}}

func message(t thing) (*webhooksv1.WebhookEndpoint, error) {
	return &webhooksv1.WebhookEndpoint{Name: fmt.Sprint("things/", t.number), Description: t.name}, nil
}

// read returns the things that match a query, as a store does.
func read(all []thing) func(context.Context, listing.Query) ([]thing, error) {
	return func(_ context.Context, query listing.Query) (found []thing, _ error) {
		for _, t := range all {
			if matches(t, query.Where) && len(found) < query.Limit {
				found = append(found, t)
			}
		}
		return found, nil
	}
}

func matches(t thing, where listing.Condition) bool {
	one := func(c listing.Condition) bool { return matches(t, c) }
	switch c := where.(type) {
	case listing.And:
		return !slices.ContainsFunc(c, func(c listing.Condition) bool { return !matches(t, c) })
	case listing.Or:
		return slices.ContainsFunc(c, one)
	case listing.Prefix:
		return strings.HasPrefix(t.name, c.Prefix)
	case listing.Compare:
		order := 0
		if number, ok := c.Value.(int64); ok {
			order = cmp.Compare(t.number, number)
		} else {
			order = cmp.Compare(t.name, c.Value.(string))
		}
		return map[listing.Op]bool{listing.Equal: order == 0, listing.GreaterEqual: order >= 0, listing.LessEqual: order <= 0}[c.Op]
	}
	panic(fmt.Sprintf("unexpected condition %T", where))
}

func TestSearchFindsBeginningsOfIDsAndNames(t *testing.T) {
	all := []thing{{1, "Louis Litt"}, {2, "LOUISE"}, {12, "Ñandú"}, {123, "louis"}, {1200, "12 monkeys"}, {13, "José"}}
	server := search.NewServer("stock", []search.Source{search.Of("Thing", things, read(all), message, "description", "name", "description")})
	for q, want := range map[string]string{
		"louis":     "123! 2 1",
		" Louis L ": "1",
		"LOUIS":     "123! 2 1",
		"ñandú":     "12!",
		"12":        "12! 1200 123",
		"2":         "2!",
		"01":        "",
		"José":     "13!",
		"litt":      "",
	} {
		found, err := server.Search(t.Context(), &searchv1.SearchRequest{Q: q})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, result := range found.GetResults() {
			id := strings.TrimPrefix(result.GetResource(), "things/")
			if result.GetExact() {
				id += "!"
			}
			got = append(got, id)
			if result.GetService() != "stock" || result.GetResourceType() != "Thing" || result.GetDisplayName() == "" {
				t.Errorf("%q: got %v", q, result)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, want %s", q, got, want)
		}
	}
}

func TestSearchKeepsExactMatchesWithinItsLimit(t *testing.T) {
	var all []thing
	for n := range int64(40) {
		all = append(all, thing{n + 10, fmt.Sprint("louis ", n)})
	}
	all = append(all, thing{1, "louis"})
	server := search.NewServer("stock", []search.Source{search.Of("Thing", things, read(all), message, "", "description")})
	found, err := server.Search(t.Context(), &searchv1.SearchRequest{Q: "louis", PageSize: 3})
	if err != nil || len(found.GetResults()) != 3 || found.GetResults()[0].GetResource() != "things/1" {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestSearchRequiresAText(t *testing.T) {
	_, err := search.NewServer("stock", nil).Search(t.Context(), &searchv1.SearchRequest{Q: " "})
	if !errors.Is(err, fault.Invalid) {
		t.Errorf("got %v", err)
	}
}
