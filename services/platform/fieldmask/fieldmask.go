// Package fieldmask applies updates to resources, by one set of rules for all resources (AIP-134,
// AIP-203). An update handler merges what was sent into the message of the current resource and
// reads the result back:
//
//	merged, err := fieldmask.Merge(present, request.GetRecurringLine(), request.GetUpdateMask())
//	if err != nil {
//		return nil, err
//	}
//	wanted, err := readLine(merged) // the changed fields are checked by the rules of the domain
//
// All fields can be changed except the etag and those with field_behavior OUTPUT_ONLY, IDENTIFIER or IMMUTABLE. The mask
// names the fields to change, nested ones as `address.city`. A field that was sent empty becomes empty, and a repeated
// field or a map is replaced as a whole. `*` stands for all fields that can be changed. Without a mask, the fields that
// were sent with a value are changed. Output-only fields are ignored, and an immutable field may be sent with its present
// value, so that callers may send both back as they were read.
package fieldmask

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

const wildcard = "*"

// Whole returns the mask of a resource that is always replaced as a whole: without a mask, all
// fields that can be changed.
func Whole(mask *fieldmaskpb.FieldMask) *fieldmaskpb.FieldMask {
	if len(mask.GetPaths()) == 0 {
		return &fieldmaskpb.FieldMask{Paths: []string{wildcard}}
	}
	return mask
}

// Merge returns a new message: the current resource with the changes of an update. It may equal the
// current one. Errors are Invalid faults:
//   - UNKNOWN_FIELD on update_mask for a path that no update can change
//   - IMMUTABLE_FIELD on an immutable field that was sent, or that the mask names, and differs
//   - NOTHING_TO_CHANGE on the resource if the update asks for nothing
//
// Fields in faults begin with the name of the resource in the request:
// `recurring_line.customer_id`.
func Merge[M proto.Message](present, sent M, mask *fieldmaskpb.FieldMask) (M, error) {
	var none M
	paths := mask.GetPaths()
	if err := checkPaths(present.ProtoReflect(), sent.ProtoReflect(), paths); err != nil {
		return none, err
	}
	merged := proto.CloneOf(present)
	from, into := proto.CloneOf(sent).ProtoReflect(), merged.ProtoReflect()
	resource := resourceField(from.Descriptor())
	if len(paths) > 0 && !slices.Contains(paths, wildcard) {
		for _, path := range paths {
			if changeablePath(from.Descriptor(), strings.Split(path, ".")) {
				setPath(into, from, strings.Split(path, "."))
			}
		}
		return merged, nil
	}
	if violations := immutableChanges(resource, present.ProtoReflect(), from); len(violations) > 0 {
		return none, fault.Fields(violations)
	}
	if !setAll(into, from, len(paths) > 0) {
		return none, fault.InvalidField(resource, reason.NothingToChange,
			"contains no field to change; to clear a field, name it in update_mask")
	}
	return merged, nil
}

// maxPaths limits the paths of a mask.
const maxPaths = 100

// checkPaths rejects a mask with too many paths, paths that are not fields of an update, and
// immutable fields that were sent with another value.
func checkPaths(present, sent protoreflect.Message, paths []string) error {
	if len(paths) > maxPaths {
		return fault.InvalidField("update_mask", reason.TooMany, "must have at most %d paths", maxPaths)
	}
	var violations []fault.Violation
	for _, path := range paths {
		names := strings.Split(path, ".")
		switch {
		case path == wildcard || changeablePath(sent.Descriptor(), names):
		case !immutablePath(sent.Descriptor(), names):
			violations = append(violations, fault.Violation{
				Field: "update_mask", Reason: reason.UnknownField, Description: path + " cannot be changed by an update",
			})
		case !at(sent, names).Equal(at(present, names)):
			violations = append(violations, immutableChange(resourceField(sent.Descriptor())+"."+path))
		}
	}
	return fault.Fields(violations)
}

func immutableChange(field string) fault.Violation {
	return fault.Violation{
		Field: field, Reason: reason.ImmutableField, Description: "cannot be changed by an update; omit it or send its current value",
	}
}

// immutableChanges returns violations for the immutable fields below a path that were sent with another
// value.
func immutableChanges(path string, present, sent protoreflect.Message) (violations []fault.Violation) {
	for field := range fields(sent.Descriptor()) {
		name := path + "." + string(field.Name())
		switch {
		case !sent.Has(field):
		case immutable(field) && !sent.Get(field).Equal(present.Get(field)):
			violations = append(violations, immutableChange(name))
		case changeable(field) && nests(field) && present.Has(field):
			violations = append(violations, immutableChanges(name, present.Get(field).Message(), sent.Get(field).Message())...)
		}
	}
	return violations
}

// resourceField returns the name of the request field that holds a resource: `recurring_line` for
// RecurringLine.
func resourceField(message protoreflect.MessageDescriptor) string {
	var name strings.Builder
	for i, r := range string(message.Name()) {
		if i > 0 && 'A' <= r && r <= 'Z' {
			name.WriteByte('_')
		}
		name.WriteRune(r)
	}
	return strings.ToLower(name.String())
}
