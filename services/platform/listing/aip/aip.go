// Package aip implements the list methods of an API by the AIPs: page_size and page_token
// (AIP-158), filter (AIP-160) and order_by (AIP-132), based on the listing.Spec of the list. A
// handler looks like this:
//
//	func (h *recurrences) ListRecurrences(ctx context.Context, request *pb.ListRecurrencesRequest) (*pb.ListRecurrencesResponse, error) {
//		parent, err := customerName.ParseParent("parent", request.GetParent())
//		if err != nil {
//			return nil, err
//		}
//		list := recurrences.Within(listing.Within("customer", parent[0]))
//		found, next, err := aip.List(ctx, h.sealer, list, request, h.service.Recurrences, recurrenceMessage)
//		if err != nil {
//			return nil, err
//		}
//		return &pb.ListRecurrencesResponse{Recurrences: found, NextPageToken: next}, nil
//	}
//
// A filter compares fields with values by =, !=, <, <=, > and >=, joined by AND, OR, NOT and parentheses. OR binds more
// tightly than AND, as AIP-160 says. `field:*` matches any value, `field:"text*"` a text with that prefix, and any
// other `field:value` that value. A boolean field may stand alone. If an item has no value in a field, a comparison
// with that field is false, except for !=.
package aip

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// DefaultSize and MaxSize are the default and the maximum page size.
const (
	DefaultSize = 50
	MaxSize     = 1000
)

// Request is the part that all list requests share. A request with a filter or an order_by also has
// GetFilter or GetOrderBy.
type Request interface {
	GetPageSize() int32
	GetPageToken() string
}

// Sealer turns positions in lists into opaque tokens that are bound to a list. A pagetoken.Sealer
// implements it.
type Sealer interface {
	// Seal returns the token of a position.
	Seal(ctx context.Context, bound string, place any) (string, error)
	// Open reads the position of a token into place; the empty token leaves place unchanged. It
	// returns an Invalid fault for a token that was not sealed with the same binding.
	Open(ctx context.Context, bound, token string, place any) error
}

// Size returns the effective page size of a request: DefaultSize for 0, and at most MaxSize.
func Size(requested int32) int {
	if requested <= 0 {
		return DefaultSize
	}
	return min(int(requested), MaxSize)
}

// List returns one page of a list as messages and the token of the next page, which is empty at the
// end. read returns the items of a query in order; it may be called more than once. An invalid
// request results in an Invalid fault on the field.
func List[T any, M proto.Message](
	ctx context.Context, sealer Sealer, spec listing.Spec[T], request Request,
	read func(context.Context, listing.Query) ([]T, error), message func(T) (M, error),
) (page []M, nextPageToken string, err error) {
	query, err := Query(spec, request)
	if err != nil {
		return nil, "", err
	}
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, "", err
	}
	bound := binding(spec.Name, caller.Tenant, query)
	if query.After, err = open(ctx, sealer, spec, bound, query.Order, request.GetPageToken()); err != nil {
		return nil, "", err
	}
	p := pager[T, M]{spec: spec, query: query, read: read, message: message, size: Size(request.GetPageSize())}
	more, err := p.fill(ctx)
	if err != nil || !more {
		return p.page, "", err
	}
	nextPageToken, err = sealer.Seal(ctx, bound, p.query.After)
	return p.page, nextPageToken, err
}

// Query returns the filter and the order of a request, without position and limit. Requests without
// pages, such as sums and exports, use it directly. Errors are Invalid faults on the field.
func Query[T any](spec listing.Spec[T], request any) (query listing.Query, err error) {
	var filter, orderBy string
	if r, ok := request.(interface{ GetFilter() string }); ok {
		filter = r.GetFilter()
	}
	if r, ok := request.(interface{ GetOrderBy() string }); ok {
		orderBy = r.GetOrderBy()
	}
	asked, err := Filter(spec, filter)
	if err != nil {
		return query, err
	}
	order, err := OrderBy(spec, orderBy)
	return listing.Query{Where: listing.All(spec.Where, asked), Order: order}, err
}

// binding identifies a list of a tenant with its parent, filter and order.
func binding(list string, tenant auth.Tenant, query listing.Query) string {
	return fmt.Sprintf("list %q of %q where %#v order %v", list, tenant, query.Where, query.Order)
}
