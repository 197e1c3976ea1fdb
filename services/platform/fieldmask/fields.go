package fieldmask

import (
	"iter"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// fields iterates over the fields of a message.
func fields(message protoreflect.MessageDescriptor) iter.Seq[protoreflect.FieldDescriptor] {
	return func(yield func(protoreflect.FieldDescriptor) bool) {
		for i := range message.Fields().Len() {
			if !yield(message.Fields().Get(i)) {
				return
			}
		}
	}
}

func behaves(field protoreflect.FieldDescriptor, behavior annotations.FieldBehavior) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, behavior)
}

// Ignored reports whether updates ignore a field: the etag, output-only fields and identifiers
// (AIP-203).
func Ignored(field protoreflect.FieldDescriptor) bool {
	return field.Name() == "etag" || behaves(field, annotations.FieldBehavior_OUTPUT_ONLY) ||
		behaves(field, annotations.FieldBehavior_IDENTIFIER)
}

func immutable(field protoreflect.FieldDescriptor) bool {
	return behaves(field, annotations.FieldBehavior_IMMUTABLE) && !Ignored(field)
}

func changeable(field protoreflect.FieldDescriptor) bool {
	return !Ignored(field) && !immutable(field)
}

// Nests reports whether a mask made from what was sent names the fields within a field instead of
// the field itself: a single message of an API of ours. A message of Google's, such as Money, is a
// value that changes as a whole.
func Nests(field protoreflect.FieldDescriptor) bool {
	return nests(field) && changeable(field) && !strings.HasPrefix(string(field.Message().FullName()), "google.")
}

// nests reports whether a field is a single message, whose fields a path can name.
func nests(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && !field.IsList() && !field.IsMap()
}

// changeablePath reports whether an update can change the field at a path.
func changeablePath(message protoreflect.MessageDescriptor, path []string) bool {
	field := message.Fields().ByName(protoreflect.Name(path[0]))
	if field == nil || !changeable(field) {
		return false
	}
	return len(path) == 1 || nests(field) && changeablePath(field.Message(), path[1:])
}

// immutablePath reports whether a path leads to an immutable field.
func immutablePath(message protoreflect.MessageDescriptor, path []string) bool {
	field := message.Fields().ByName(protoreflect.Name(path[0]))
	if field == nil {
		return false
	}
	if len(path) == 1 {
		return immutable(field)
	}
	return changeable(field) && nests(field) && immutablePath(field.Message(), path[1:])
}

// at returns the value at a path, which is empty if a message on the path is.
func at(message protoreflect.Message, path []string) protoreflect.Value {
	field := message.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	if len(path) == 1 {
		return message.Get(field)
	}
	return at(message.Get(field).Message(), path[1:])
}

// setPath sets the field at a path to the value that was sent, which is empty if a message on the path
// was not sent.
func setPath(into, from protoreflect.Message, path []string) {
	field := into.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	switch {
	case len(path) == 1:
		setField(into, from, field)
	case into.Has(field) || has(from, path):
		setPath(into.Mutable(field).Message(), from.Get(field).Message(), path[1:])
	}
}

// has reports whether a message has a value at a path.
func has(message protoreflect.Message, path []string) bool {
	field := message.Descriptor().Fields().ByName(protoreflect.Name(path[0]))
	return message.Has(field) && (len(path) == 1 || has(message.Get(field).Message(), path[1:]))
}

// setField sets a field to the value that was sent. In an existing nested message, fields that
// cannot be changed keep their values.
func setField(into, from protoreflect.Message, field protoreflect.FieldDescriptor) {
	switch {
	case !from.Has(field):
		into.Clear(field)
	case nests(field) && into.Has(field):
		setAll(into.Mutable(field).Message(), from.Get(field).Message(), true)
	default:
		into.Set(field, from.Get(field))
	}
}

// setAll sets all fields that can be changed and reports whether there were any. It skips fields
// that were sent empty unless empty is true.
func setAll(into, from protoreflect.Message, empty bool) (some bool) {
	for field := range fields(from.Descriptor()) {
		if changeable(field) && (empty || from.Has(field)) {
			setField(into, from, field)
			some = true
		}
	}
	return some
}
