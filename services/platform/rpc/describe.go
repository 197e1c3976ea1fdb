package rpc

import (
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// described says what to write for a field that breaks a rule: the rule's own message, but that of an enum, which does not
// say what there is to choose from.
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

// choices are the values that an enum has, but for the one that says nothing where the rule is that something is said.
func choices(enum protoreflect.EnumDescriptor, v *protovalidate.Violation) []string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 || v.RuleDescriptor.Name() == "defined_only" {
			names = append(names, string(value.Name()))
		}
	}
	return names
}
