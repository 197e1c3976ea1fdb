package crmcom

import (
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// selection lists the fields of a subscription to include in the response. Nil means all.
type selection []string

// projectionField is the field of a subscription, or of a type, that holds the selection. It cannot be selected
// itself.
const projectionField = "fields"

// selectFields parses fields_set, a comma-separated list of names and dotted paths in a message.
func selectFields(fieldsSet string, of proto.Message) (selection, error) {
	if strings.TrimSpace(fieldsSet) == "" {
		return nil, nil
	}
	mask := &fieldmaskpb.FieldMask{}
	for path := range strings.SplitSeq(fieldsSet, ",") {
		path = strings.TrimSpace(path)
		if path == projectionField || strings.HasSuffix(path, "."+projectionField) || mask.Append(of, path) != nil {
			return nil, fault.InvalidField("fields_set", reason.UnknownField, "there is no field %q", path)
		}
	}
	mask.Normalize()
	return mask.GetPaths(), nil
}

// limit clears all fields of a message that are not selected. It reports whether there is a selection,
// which the message is then to hold.
func (s selection) limit(message proto.Message) bool {
	if s == nil {
		return false
	}
	keep(message.ProtoReflect(), s)
	return true
}

// keep clears all fields of a message except those that paths name.
func keep(message protoreflect.Message, paths []string) {
	below := map[protoreflect.Name][]string{}
	for _, path := range paths {
		name, rest, deeper := strings.Cut(path, ".")
		if deeper {
			below[protoreflect.Name(name)] = append(below[protoreflect.Name(name)], rest)
		} else {
			below[protoreflect.Name(name)] = nil
		}
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		rest, kept := below[field.Name()]
		switch {
		case !kept:
			message.Clear(field)
		case len(rest) > 0:
			keep(value.Message(), rest)
		}
		return true
	})
}
