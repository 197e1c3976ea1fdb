package listing_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/date"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

type (
	number  int32
	invoice struct {
		Number  int64
		Run     number
		Issued  date.Date
		Created time.Time
		Open    bool
	}
)

var invoices = listing.Spec[invoice]{
	Name: "invoices",
	Key:  []string{"run", "number"},
	Fields: listing.Fields[invoice]{
		"number":      {Kind: listing.Integer, Optional: true, Value: func(i invoice) any { return i.Number }},
		"run":         {Kind: listing.Integer, Value: func(i invoice) any { return i.Run }},
		"issue_date":  {Kind: listing.Date, Optional: true, Value: func(i invoice) any { return i.Issued }},
		"create_time": {Kind: listing.Instant, Value: func(i invoice) any { return i.Created }},
		"open":        {Kind: listing.Boolean, Filter: true, Value: func(i invoice) any { return i.Open }},
		"wrong":       {Kind: listing.Integer, Value: func(invoice) any { return "text" }},
		"unread":      {Kind: listing.Integer},
	},
}

func TestOrderedAppendsTheKey(t *testing.T) {
	latest := invoices
	latest.Order = []listing.Order{{Field: "create_time", Descending: true}}
	for name, test := range map[string]struct {
		spec        listing.Spec[invoice]
		asked, want []listing.Order
	}{
		"the key's": {invoices, nil, []listing.Order{{Field: "run"}, {Field: "number", Optional: true}}},
		"the list's own": {latest, nil, []listing.Order{
			{Field: "create_time", Descending: true}, {Field: "run", Descending: true}, {Field: "number", Descending: true, Optional: true},
		}},
		"asked for": {latest, []listing.Order{{Field: "number", Descending: true}, {Field: "issue_date"}}, []listing.Order{
			{Field: "number", Descending: true, Optional: true}, {Field: "issue_date", Optional: true}, {Field: "run"},
		}},
	} {
		if got := test.spec.Ordered(test.asked); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}

func TestCursorHoldsOrderedFields(t *testing.T) {
	at := time.UnixMicro(1_700_000_000_000_001)
	full := invoice{Number: 7, Run: 3, Issued: date.MustNew(2026, 2, 28), Created: at, Open: true}
	order := []listing.Order{{Field: "open"}, {Field: "issue_date"}, {Field: "create_time"}, {Field: "run"}, {Field: "number"}}
	for item, want := range map[invoice]listing.Cursor{
		full:                              {true, "2026-02-28", int64(1_700_000_000_000_001), int64(3), int64(7)},
		{Run: 3, Open: true, Created: at}: {true, nil, int64(1_700_000_000_000_001), int64(3), nil},
	} {
		if got, err := invoices.Cursor(order, item); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("cursor of %v: got %#v, %v, want %#v", item, got, err, want)
		}
	}
	for _, field := range []string{"wrong", "unread", "unknown"} {
		if got, err := invoices.Cursor([]listing.Order{{Field: field}}, full); err == nil {
			t.Errorf("field %s: got %v, want an error", field, got)
		}
	}
}

func TestAllJoinsConditions(t *testing.T) {
	a, b, c := listing.Is("a", number(1)), listing.Is("b", "x"), listing.Or{listing.Is("c", true), listing.Present{Field: "d"}}
	if want := (listing.Compare{Field: "a", Op: listing.Equal, Value: int64(1)}); a != want {
		t.Errorf("unexpected condition %#v", a)
	}
	all := listing.All(nil, a, listing.All(b, nil, c))
	if want := (listing.And{a, b, c}); !reflect.DeepEqual(all, want) {
		t.Errorf("unexpected conjunction %#v", all)
	}
	if listing.All() != nil || listing.All(nil, listing.Within("p", "-")) != nil || listing.All(nil, a) != a {
		t.Error("All of one condition must be that condition, and All of none nil")
	}
	within := invoices.Within(listing.Within("run", "R")).Within(a)
	if want := (listing.And{listing.Is("run", "R"), a}); !reflect.DeepEqual(within.Where, want) {
		t.Errorf("Within: got %#v", within.Where)
	}
	for field, want := range map[string]any{"a": int64(1), "b": "x", "c": nil, "d": nil} {
		if got, fixed := listing.Fixed(all, field); fixed != (want != nil) || fixed && got != want {
			t.Errorf("Fixed(%s): got %v, %v", field, got, fixed)
		}
	}
	if _, fixed := listing.Fixed(listing.Not{Condition: a}, "a"); fixed {
		t.Error("a negated condition must not fix a field")
	}
	all = listing.All(all, listing.Not{Condition: listing.Prefix{Field: "e", Prefix: "x"}})
	for field, want := range map[string]bool{"a": true, "c": true, "d": true, "e": true, "x": false} {
		if got := listing.Mentions(all, field); got != want || listing.Mentions(nil, field) {
			t.Errorf("Mentions(%s): got %v", field, got)
		}
	}
}
