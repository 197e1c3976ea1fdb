// Package aip answers the list methods of an API after the AIPs: page_size and page_token (AIP-158), filter (AIP-160) and
// order_by (AIP-132), against the listing.Spec of the list. A handler is
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
// A filter compares fields with values by =, !=, <, <=, > and >=, joined by AND, OR, NOT and parentheses; OR binds more
// tightly than AND, as AIP-160 wants it. `field:*` asks for a value of any kind, `field:"text*"` for a text that begins
// so, and any other `field:value` for that value. A boolean field may stand alone. Where an item has no value in a field, a
// comparison with it does not hold, and != does.
package aip

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// DefaultSize is the size of a page whose caller asked for none, MaxSize the most a caller gets.
const (
	DefaultSize = 50
	MaxSize     = 1000
)

// Request is what all list requests have in common. One that has a filter or an order_by has GetFilter or GetOrderBy too.
type Request interface {
	GetPageSize() int32
	GetPageToken() string
}

// Sealer seals places in lists into tokens that are good for what they are bound to: a pagetoken.Sealer.
type Sealer interface {
	// Seal is the token of a place.
	Seal(ctx context.Context, bound string, place any) (string, error)
	// Open reads the place of a token, and leaves it for the empty token. A token that was not sealed so is an Invalid fault.
	Open(ctx context.Context, bound, token string, place any) error
}

// Size is the page size that a request gets: the default for 0, at most MaxSize.
func Size(requested int32) int {
	if requested <= 0 {
		return DefaultSize
	}
	return min(int(requested), MaxSize)
}

// List is one page of a list as messages, and the token of the next page, empty at the end. read reads the items of a
// query in its order; it may be called more than once. What is wrong with the request is an Invalid fault on the field.
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

// Query is what a request asks of a list, without its place and limit: its filter and its order_by, if it has them. It is
// for requests that are not answered in pages, such as sums and exports. An error is an Invalid fault on the field.
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

// binding tells a list of a tenant with its parent, filter and order from any other.
func binding(list string, tenant auth.Tenant, query listing.Query) string {
	return fmt.Sprintf("list %q of %q where %#v order %v", list, tenant, query.Where, query.Order)
}
