package api

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// kind describes how the native API serves the resources of one kind: values of T with ids of type ID,
// as messages of type M.
type kind[ID ~string, T any, M aip.Named] struct {
	// pattern is the pattern of their names, and field the field of requests that holds one.
	pattern resourcename.Pattern
	field   string
	list    listing.Spec[T]
	// message converts a resource to its message, without secrets.
	message func(T) M
	// read sets the fields that callers set. It replaces slices, maps and pointers.
	read func(*reading, M, *T)
	// setID sets the id.
	setID func(*T, ID)
}

// create adds a resource with the id that the caller chose, or with a new one if it is empty.
func (k kind[ID, T, M]) create(ctx context.Context, sent M, chosen string, do func(context.Context, T, ...mutation.Option) (T, error)) (response M, err error) {
	given, err := k.parse(sent, k.field+"_id", chosen)
	if err != nil {
		return response, err
	}
	created, err := do(ctx, given)
	if err != nil {
		return response, err
	}
	return k.message(created), nil
}

// parse converts a new resource. chosen is its id, which was given in a field; it can be empty.
func (k kind[ID, T, M]) parse(sent M, field, chosen string) (parsed T, err error) {
	var r reading
	if chosen != "" {
		id, err := resourcename.ParseID(field, chosen)
		if err := r.Collect(err); err != nil {
			return parsed, err
		}
		k.setID(&parsed, ID(id))
	}
	k.read(&r, sent, &parsed)
	return parsed, r.Err()
}

// get returns the resource with a name.
func (k kind[ID, T, M]) get(ctx context.Context, name string, find func(context.Context, ID) (T, error)) (response M, err error) {
	id, err := resourcename.ID[ID](k.pattern, "name", name)
	if err != nil {
		return response, err
	}
	found, err := find(ctx, id)
	if err != nil {
		return response, err
	}
	return k.message(found), nil
}

// batchGet returns the resources with the given names, in their order.
func (k kind[ID, T, M]) batchGet(ctx context.Context, names []string, read func(context.Context, listing.Query) ([]T, error)) ([]M, error) {
	return aip.BatchGet(ctx, k.list.ByName, names, read, infallible(k.message))
}

// page returns a page of resources, and the token of the next page.
func (k kind[ID, T, M]) page(ctx context.Context, sealer aip.Sealer, request aip.Request, read func(context.Context, listing.Query) ([]T, error)) ([]M, string, error) {
	return aip.List(ctx, sealer, k.list, request, read, infallible(k.message))
}

// validate checks a resource by the rules of its message. path goes before the fields in faults.
func (k kind[ID, T, M]) validate(message M, path string) error {
	return fault.Rename(rpc.Validate(message), func(field string) string { return path + field })
}

// remove deletes the resource with a name.
func (k kind[ID, T, M]) remove(ctx context.Context, name, etag string, do func(ctx context.Context, id ID, etag string, options ...mutation.Option) error) (*emptypb.Empty, error) {
	id, err := resourcename.ID[ID](k.pattern, "name", name)
	if err != nil {
		return nil, err
	}
	if err := do(ctx, id, etag); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

// infallible adapts a conversion that cannot fail.
func infallible[T any, M proto.Message](message func(T) M) func(T) (M, error) {
	return func(given T) (M, error) { return message(given), nil }
}
