package aip

import (
	"context"
	"fmt"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// Named is the message of a resource with a name.
type Named interface {
	proto.Message
	GetName() string
}

// batchBytes limits the answer of a BatchGet to what callers over gRPC receive by default, 4 MiB, with room for what is not a resource.
const batchBytes = 4<<20 - 1<<10

// mostAtOnce limits how many names of a BatchGet are read at once, however small the resources before them were: they can be the largest.
const mostAtOnce = 128

// BatchGet returns the resources with the given names, in their order (AIP-231), as they were at one moment. find converts a name
// to the condition of a query, as Spec.ByName does; read returns the items of a query, by mutation.Read. It reads in portions in one
// transaction, so that what is in memory is at most batchBytes and mostAtOnce resources. A name that does not parse is an
// Invalid fault on its element of names, a resource that does not exist a NotFound fault, and the first one with which the answer
// has more than batchBytes a FailedPrecondition fault, TOO_MANY. A single one is never refused.
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
	var b batch[T, M]
	open := func(ctx context.Context) error {
		_, err := read(ctx, listing.Query{})
		return err
	}
	if err := mutation.Snapshot(ctx, open, func(ctx context.Context) error {
		b = batch[T, M]{names: names, asked: asked, read: read, message: message, found: make([]M, 0, len(names))}
		return b.fill(ctx)
	}); err != nil {
		return nil, err
	}
	return b.found, nil
}

// batch fills the answer of a BatchGet.
type batch[T any, M Named] struct {
	names   []string
	asked   listing.Or
	read    func(context.Context, listing.Query) ([]T, error)
	message func(T) (M, error)
	found   []M
	// bytes is the size of found.
	bytes int
}

// fill reads the resources in portions, as many names as are likely to fit by the sizes of the last portion.
func (b *batch[T, M]) fill(ctx context.Context) error {
	last, lastBytes := 0, 0
	for from := 0; from < len(b.names); from = len(b.found) {
		before, lacking := b.bytes, len(b.names)-from
		likely := portion(lacking, batchBytes-before, last, lastBytes)
		if err := b.take(ctx, from+min(lacking, max(firstLarge, min(likely, mostAtOnce)))); err != nil {
			return err
		}
		last, lastBytes = len(b.found)-from, b.bytes-before
	}
	return nil
}

// take reads the resources from those found until an element.
func (b *batch[T, M]) take(ctx context.Context, until int) error {
	from := len(b.found)
	items, err := b.read(ctx, listing.Query{Where: b.asked[from:until]})
	if err != nil {
		return err
	}
	byName, err := messagesByName(items, b.message)
	if err != nil {
		return err
	}
	for i := from; i < until; i++ {
		m, ok := byName[norm.NFC.String(b.names[i])]
		if !ok {
			return fault.AtField(fault.NotFound, element(i), reason.NotFound, "there is no %s", b.names[i])
		}
		if b.bytes += sizeInList(m); b.bytes > batchBytes && i > 0 {
			return fault.AtField(fault.FailedPrecondition, element(i), reason.TooMany,
				"the answer would have more than %d bytes; ask for the first %d resources, and for the others in further calls", batchBytes, i)
		}
		b.found = append(b.found, m)
	}
	return nil
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
