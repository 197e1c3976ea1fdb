package api

import (
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/gen/reason"
)

// fields are the fields of a resource that an update can change, by their proto names: how each is taken over into a
// change from the resource that was sent.
type fields[C, R any] map[string]func(*C, R)

// update is what a request asks of a resource.
type update[C any] struct {
	// given is the resource that was sent.
	given protoreflect.Message
	// takes take over what is to change.
	takes []func(*C)
	// fixed are what was sent beside it, although no update can change it.
	fixed []protoreflect.FieldDescriptor
}

// masked is what an update changes: what the mask names, everything for `*`, and without a mask what is not empty in the
// message (AIP-134). It collects what the reader found wrong with the resource that was sent, and what is with the mask.
func masked[C, R any](r *reader, resource string, mask *fieldmaskpb.FieldMask, message proto.Message, changeable fields[C, R], sent R) (update[C], error) {
	if err := r.err(); err != nil {
		return update[C]{}, inResource(err, resource)
	}
	paths := mask.GetPaths()
	for _, path := range paths {
		if _, known := changeable[path]; !known && path != "*" {
			r.refuse("update_mask", reason.UnknownField, path+" cannot be changed by an update")
		}
	}
	if err := r.err(); err != nil {
		return update[C]{}, err
	}
	asked := update[C]{given: message.ProtoReflect()}
	whole := slices.Contains(paths, "*")
	for name, take := range changeable {
		field := asked.given.Descriptor().Fields().ByName(protoreflect.Name(name))
		if whole || slices.Contains(paths, name) || len(paths) == 0 && asked.given.Has(field) {
			asked.takes = append(asked.takes, func(change *C) { take(change, sent) })
		}
	}
	if whole || len(paths) == 0 {
		asked.given.Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			if _, known := changeable[string(field.Name())]; !known && !answered(field) {
				asked.fixed = append(asked.fixed, field)
			}
			return true
		})
	}
	return asked, nil
}

// answered reports whether a field is sent back as it was read, and means nothing in an update (AIP-203).
func answered(field protoreflect.FieldDescriptor) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return field.Name() == "etag" || slices.Contains(behaviors, annotations.FieldBehavior_OUTPUT_ONLY) ||
		slices.Contains(behaviors, annotations.FieldBehavior_IDENTIFIER)
}

// check refuses an update that would change what no update can, of the resource as it stands, or that changes nothing
// because nothing is asked for.
func (u update[C]) check(present proto.Message) error {
	var r reader
	for _, field := range u.fixed {
		if !u.given.Get(field).Equal(present.ProtoReflect().Get(field)) {
			r.refuse(string(field.Name()), reason.ImmutableField, "cannot be changed by an update; leave it out, or as it is")
		}
	}
	if len(u.takes) == 0 && len(r.violations) == 0 {
		r.refuse("", reason.NothingToChange, "holds nothing that an update can change; what is to become empty is named in update_mask")
	}
	return r.err()
}

// take takes over what is to change.
func (u update[C]) take(change *C) {
	for _, take := range u.takes {
		take(change)
	}
}

// revise makes of a resource what an update asks for, if it may. The resource is shown by message to be compared.
func revise[C any, M proto.Message](asked update[C], message func(C) (M, error)) func(*C) error {
	return func(resource *C) error {
		present, err := message(*resource)
		if err != nil {
			return err
		}
		if err := asked.check(present); err != nil {
			return err
		}
		asked.take(resource)
		return nil
	}
}

// set makes of a resource what an update of all of it asks for: what the mask names, and everything without one.
func set[C any](r *reader, resource string, mask *fieldmaskpb.FieldMask, message proto.Message, changeable fields[C, C], sent C) (func(*C), error) {
	if len(mask.GetPaths()) == 0 {
		mask = &fieldmaskpb.FieldMask{Paths: []string{"*"}}
	}
	asked, err := masked(r, resource, mask, message, changeable, sent)
	return asked.take, err
}
