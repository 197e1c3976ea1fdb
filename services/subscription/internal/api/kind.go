package api

import (
	"context"
	"reflect"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/fieldmask"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
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

// updated is the message of a resource that can be updated.
type updated interface {
	aip.Named
	GetEtag() string
}

// update changes the fields that a mask names. The resource is validated as it is after the change.
func update[ID ~string, T any, M updated](
	ctx context.Context, k kind[ID, T, M], sent M, mask *fieldmaskpb.FieldMask,
	do func(ctx context.Context, id ID, etag string, revise func(*T) error, options ...mutation.Option) (T, error),
) (response M, err error) {
	if reflect.ValueOf(sent).IsNil() {
		return response, fault.Required(k.field)
	}
	id, err := resourcename.ID[ID](k.pattern, k.field+".name", sent.GetName())
	if err != nil {
		return response, err
	}
	revised, err := do(ctx, id, sent.GetEtag(), func(present *T) error {
		merged, err := fieldmask.Merge(k.message(*present), sent, mask)
		if err != nil {
			return err
		}
		if err := k.validate(merged, k.field+"."); err != nil {
			return err
		}
		var r reading
		k.read(&r, merged, present)
		return r.Err()
	})
	if err != nil {
		return response, err
	}
	return k.message(revised), nil
}

// validate checks a resource by the rules of its message. path goes before the fields in faults.
func (k kind[ID, T, M]) validate(message M, path string) error {
	return fault.Rename(rpc.Validate(protovalidate.GlobalValidator, message), func(field string) string { return path + field })
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

// imported parses a resource to import, with the id in its name. Fields in faults are relative to the
// resource.
func imported[ID ~string, T any, P resource.Pointer[T], M aip.Named](k kind[ID, T, M], message M) (resource.Resource, error) {
	id, err := resourcename.ID[ID](k.pattern, "name", message.GetName())
	if err != nil {
		return nil, err
	}
	if err := k.validate(message, ""); err != nil {
		return nil, err
	}
	parsed, err := k.parse(message, "name", string(id))
	return P(&parsed), transfer.WithoutField(err, k.field)
}

// infallible adapts a conversion that cannot fail.
func infallible[T any, M proto.Message](message func(T) M) func(T) (M, error) {
	return func(given T) (M, error) { return message(given), nil }
}

// enumNames returns the stored words of an enum by the names of its values, for the fields of lists.
func enumNames[W ~string](values map[string]int32, prefix string, words ...W) map[string]string {
	names := make(map[string]string, len(words))
	for _, word := range words {
		if name := prefix + strings.ToUpper(string(word)); values[name] != 0 {
			names[name] = string(word)
		}
	}
	return names
}
