// Package fieldmask says what an update makes of a resource, by one set of rules for all resources (AIP-134, AIP-203).
// An update handler merges what was sent into the present resource's message and reads the result back:
//
//	merged, err := fieldmask.Merge(present, request.GetRecurringLine(), request.GetUpdateMask())
//	if err != nil {
//		return nil, err
//	}
//	wanted, err := readLine(merged) // the changed fields are checked by the rules of the domain
//
// A field can be changed unless its field_behavior is OUTPUT_ONLY, IDENTIFIER or IMMUTABLE, or it is the etag. The mask
// names the fields to change, nested ones as `address.city`; a field that was sent empty becomes empty, and a repeated
// field or a map is replaced as a whole. `*` names all that can be changed; no mask names those that are not empty in
// what was sent. What only the service sets may be sent back as it was read, and means nothing.
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

// Whole is a mask of a resource that an update sets as a whole: without a mask, all that can be changed.
func Whole(mask *fieldmaskpb.FieldMask) *fieldmaskpb.FieldMask {
	if len(mask.GetPaths()) == 0 {
		return &fieldmaskpb.FieldMask{Paths: []string{wildcard}}
	}
	return mask
}

// Merge is the present resource with what an update changes, as a new message; it may equal the present one. An error is
// an Invalid fault: UNKNOWN_FIELD on update_mask for a path that no update can change, IMMUTABLE_FIELD on a field that was
// sent without being named, differs, and cannot change, and NOTHING_TO_CHANGE on the resource where nothing is asked for.
// Faults of fields begin with the resource's name in requests: `recurring_line.customer_id`.
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
			take(into, from, strings.Split(path, "."))
		}
		return merged, nil
	}
	resource := resourceField(from.Descriptor())
	if violations := differing(resource, present.ProtoReflect(), from); len(violations) > 0 {
		return none, fault.Fields(violations)
	}
	if !takeAll(into, from, len(paths) > 0) {
		return none, fault.InvalidField(resource, reason.NothingToChange,
			"holds nothing that an update can change; what is to become empty is named in update_mask")
	}
	return merged, nil
}

// maxPaths is how many paths a mask can have.
const maxPaths = 100

// checkPaths refuses the paths of a mask that no update can change, and a mask of too many.
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
	return fault.FieldsOrNil(violations)
}

// differing are the violations of immutable fields that were sent and differ, below a path.
func differing(path string, present, sent protoreflect.Message) (violations []fault.Violation) {
	for field := range fields(sent.Descriptor()) {
		name := path + "." + string(field.Name())
		switch {
		case !sent.Has(field):
		case immutable(field) && !sent.Get(field).Equal(present.Get(field)):
			violations = append(violations, fault.Violation{
				Field: name, Reason: reason.ImmutableField, Description: "cannot be changed by an update; leave it out, or as it is",
			})
		case changeable(field) && nests(field) && present.Has(field):
			violations = append(violations, differing(name, present.Get(field).Message(), sent.Get(field).Message())...)
		}
	}
	return violations
}

// resourceField is the field of requests that holds a message: `recurring_line` of RecurringLine.
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
