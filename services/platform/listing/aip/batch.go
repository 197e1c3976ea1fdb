package aip

import (
	"context"
	"fmt"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
)

// Named is the message of a resource with a name.
type Named interface {
	proto.Message
	GetName() string
}

// BatchGet returns the resources with the given names, in their order (AIP-231). find converts a name
// to the condition of a query, as Spec.ByName does; read returns the items of a query. A name that
// does not parse is an Invalid fault on its element of names, and a resource that does not exist a
// NotFound fault.
//
//	found, err := aip.BatchGet(ctx, itemList.ByName, request.GetNames(), h.items.List, itemMessage)
func BatchGet[T any, M Named](ctx context.Context, find func(field, name string) (listing.Condition, error), names []string,
	read func(context.Context, listing.Query) ([]T, error), message func(T) (M, error),
) ([]M, error) {
	asked := make(listing.Or, len(names))
	for i, name := range names {
		condition, err := find(element(i), name)
		if err != nil {
			return nil, err
		}
		asked[i] = condition
	}
	items, err := read(ctx, listing.Query{Where: asked})
	if err != nil {
		return nil, err
	}
	byName := make(map[string]M, len(items))
	for _, item := range items {
		m, err := message(item)
		if err != nil {
			return nil, err
		}
		byName[m.GetName()] = m
	}
	found := make([]M, len(names))
	for i, name := range names {
		m, ok := byName[norm.NFC.String(name)]
		if !ok {
			return nil, fault.AtField(fault.NotFound, element(i), reason.NotFound, "there is no %s", name)
		}
		found[i] = m
	}
	return found, nil
}

func element(i int) string { return fmt.Sprintf("names[%d]", i) }
