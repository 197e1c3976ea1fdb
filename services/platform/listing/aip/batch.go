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

// batchBytes limits the answer of a BatchGet to what callers over gRPC receive by default, 4 MiB, with room for what is not a resource.
const batchBytes = 4<<20 - 1<<10

// BatchGet returns the resources with the given names, in their order (AIP-231). find converts a name
// to the condition of a query, as Spec.ByName does; read returns the items of a query. It reads in portions, so that what is
// in memory is bounded too. A name that does not parse is an Invalid fault on its element of names, a resource that does not exist a
// NotFound fault, and the first one with which the answer has more than batchBytes a FailedPrecondition fault, TOO_MANY. A single one is never refused.
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
	found, bytes := make([]M, 0, len(names)), 0
	for len(found) < len(names) {
		from := len(found)
		until := from + portion(len(names)-from, from, batchBytes, bytes)
		items, err := read(ctx, listing.Query{Where: asked[from:until]})
		if err != nil {
			return nil, err
		}
		byName, err := messagesByName(items, message)
		if err != nil {
			return nil, err
		}
		for i := from; i < until; i++ {
			m, ok := byName[norm.NFC.String(names[i])]
			if !ok {
				return nil, fault.AtField(fault.NotFound, element(i), reason.NotFound, "there is no %s", names[i])
			}
			if bytes += sizeInList(m); bytes > batchBytes && i > 0 {
				return nil, fault.AtField(fault.FailedPrecondition, element(i), reason.TooMany,
					"the answer would have more than %d bytes; ask for the first %d resources, and for the others in further calls", batchBytes, i)
			}
			found = append(found, m)
		}
	}
	return found, nil
}

func messagesByName[T any, M Named](items []T, message func(T) (M, error)) (map[string]M, error) {
	byName := make(map[string]M, len(items))
	for _, item := range items {
		m, err := message(item)
		if err != nil {
			return nil, err
		}
		byName[m.GetName()] = m
	}
	return byName, nil
}

func element(i int) string { return fmt.Sprintf("names[%d]", i) }
