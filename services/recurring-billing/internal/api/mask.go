package api

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// fields are the fields of a resource that an update can change, by their proto names: how each is taken over into a
// change from the resource that was sent.
type fields[C, R any] map[string]func(*C, R)

// masked takes over what an update changes: what the mask names, everything for `*`, and without a mask what is not empty
// in the message. It collects what the reader found wrong with the resource that was sent, and what is with the mask.
func masked[C, R any](r *reader, resource string, mask *fieldmaskpb.FieldMask, message proto.Message, changeable fields[C, R], sent R) (func(*C), error) {
	if err := r.err(); err != nil {
		return nil, inResource(err, resource)
	}
	for _, path := range mask.GetPaths() {
		if _, known := changeable[path]; !known && path != "*" {
			r.refuse("update_mask", "UNKNOWN_FIELD", path+" cannot be changed by an update")
		}
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	given := message.ProtoReflect()
	named := func(name string) bool {
		if len(mask.GetPaths()) == 0 {
			return given.Has(given.Descriptor().Fields().ByName(protoreflect.Name(name)))
		}
		return slices.Contains(mask.GetPaths(), name) || slices.Contains(mask.GetPaths(), "*")
	}
	return func(change *C) {
		for name, take := range changeable {
			if named(name) {
				take(change, sent)
			}
		}
	}, nil
}
