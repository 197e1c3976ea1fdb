package aip_test

import (
	"cmp"
	"context"
	"slices"

	"google.golang.org/protobuf/types/known/wrapperspb"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// line is an item of the test list.
type line struct {
	ID          int64
	Description string
	Customer    string
}

var lines = listing.Spec[line]{
	Name: "lines",
	Key:  []string{"name"},
	Fields: listing.Fields[line]{
		"name":            {Kind: listing.Integer, Order: true, Value: func(l line) any { return l.ID }},
		"description":     {Kind: listing.Text, Filter: true, Order: true, Value: func(l line) any { return l.Description }},
		"customer":        {Kind: listing.Text, Filter: true, Parse: resourcename.MustCompile("customers/{customer}").Parser()},
		"bill_to":         {Kind: listing.Integer, Filter: true, Parse: resourcename.MustCompile("billTos/{bill_to}").NumberParser()},
		"customer_id":     {Kind: listing.Integer, Filter: true},
		"open":            {Kind: listing.Boolean, Filter: true},
		"next_cycle_date": {Kind: listing.Date, Filter: true},
		"create_time":     {Kind: listing.Instant, Filter: true},
		"state":           {Kind: listing.Enum, Filter: true, Names: map[string]string{"STATE_DRAFT": "DRAFT", "STATE_VOID": "VOID"}},
		"address.city":    {Kind: listing.Text, Filter: true},
		"secret":          {Kind: listing.Text},
	},
}

// request is a list request with a filter and an order.
type request struct {
	size                   int32
	token, filter, orderBy string
}

func (r *request) GetPageSize() int32   { return r.size }
func (r *request) GetPageToken() string { return r.token }
func (r *request) GetFilter() string    { return r.filter }
func (r *request) GetOrderBy() string   { return r.orderBy }

var (
	_ aip.Request = (*request)(nil)
	_ aip.Request = (*webhooksv1.ListWebhookEndpointsRequest)(nil)
)

// reading reads lines as a store does, with the order and position of a query.
func reading(all []line) func(context.Context, listing.Query) ([]line, error) {
	return func(_ context.Context, query listing.Query) (found []line, err error) {
		sorted := slices.SortedFunc(slices.Values(all), func(a, b line) int { return compare(query.Order, a, b) })
		for _, l := range sorted {
			if query.After != nil && !isAfter(query, l) {
				continue
			}
			if found = append(found, l); len(found) == query.Limit {
				break
			}
		}
		return found, nil
	}
}

func compare(order []listing.Order, a, b line) int {
	for _, o := range order {
		c := cmp.Compare(a.ID, b.ID)
		if o.Field == "description" {
			c = cmp.Compare(a.Description, b.Description)
		}
		if o.Descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func isAfter(query listing.Query, l line) bool {
	var place line
	for i, o := range query.Order {
		switch value := query.After[i].(type) {
		case int64:
			place.ID = value
		case string:
			if o.Field == "description" {
				place.Description = value
			}
		}
	}
	return compare(query.Order, l, place) > 0
}

func message(l line) (*wrapperspb.StringValue, error) { return wrapperspb.String(l.Description), nil }
