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
// were sent with a value are changed. Output-only fields are ignored, so that callers may send them back as they were read.
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
//   - IMMUTABLE_FIELD on a field that was sent without a mask or with `*`, differs, and cannot
//     change
//   - NOTHING_TO_CHANGE on the resource if the update asks for nothing
//
// Fields in faults begin with the name of the resource in the request:
// `recurring_line.customer_id`.
func Merge[M proto.Message](present, sent M, mask *fieldmaskpb.FieldMask) (M, error) {
	var none M
	paths := mask.GetPaths()
	if err := checkPaths(sent.ProtoReflect().Descriptor(), paths); err != nil {
		return none, err
	}
	merged := proto.CloneOf(present)
	from, into := proto.CloneOf(sent).ProtoReflect(), merged.ProtoReflect()
	if len(paths) > 0 && !slices.Contains(paths, wildcard) {
		for _, path := range paths {
			setPath(into, from, strings.Split(path, "."))
		}
		return merged, nil
	}
	resource := resourceField(from.Descriptor())
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

// checkPaths rejects a mask with too many paths, and paths that no update can change.
func checkPaths(message protoreflect.MessageDescriptor, paths []string) error {
	if len(paths) > maxPaths {
		return fault.InvalidField("update_mask", reason.TooMany, "must have at most %d paths", maxPaths)
	}
	var violations []fault.Violation
	for _, path := range paths {
		if path != wildcard && !changeablePath(message, strings.Split(path, ".")) {
			violations = append(violations, fault.Violation{
				Field: "update_mask", Reason: reason.UnknownField, Description: path + " cannot be changed by an update",
			})
		}
	}
	return fault.Fields(violations)
}

// immutableChanges returns violations for the immutable fields below a path that were sent with another
// value.
func immutableChanges(path string, present, sent protoreflect.Message) (violations []fault.Violation) {
	for field := range fields(sent.Descriptor()) {
		name := path + "." + string(field.Name())
		switch {
		case !sent.Has(field):
		case immutable(field) && !sent.Get(field).Equal(present.Get(field)):
			violations = append(violations, fault.Violation{
				Field: name, Reason: reason.ImmutableField, Description: "cannot be changed by an update; omit it or send its current value",
			})
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
