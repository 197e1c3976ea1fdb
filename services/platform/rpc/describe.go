package rpc

import (
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// described returns the description of a violation: the rule's own message, or for enums the list
// of valid values.
func described(v *protovalidate.Violation) string {
	if v.FieldDescriptor != nil && v.RuleDescriptor != nil {
		switch v.RuleDescriptor.FullName() {
		case "buf.validate.EnumRules.not_in", "buf.validate.EnumRules.defined_only":
			if enum := v.FieldDescriptor.Enum(); enum != nil {
				return "must be one of " + strings.Join(choices(enum, v), ", ")
			}
		}
	}
	return v.Proto.GetMessage()
}

// choices returns the valid values of an enum. The unspecified value is included only if the rule
// allows it.
func choices(enum protoreflect.EnumDescriptor, v *protovalidate.Violation) []string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 || v.RuleDescriptor.Name() == "defined_only" {
			names = append(names, string(value.Name()))
		}
	}
	return names
}
