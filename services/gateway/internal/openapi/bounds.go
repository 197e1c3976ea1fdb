package openapi

import (
	"regexp"
	"strconv"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// bound copies the bounds in a field's rules to its schema. A field that may be empty has no lower
// bounds, because they do not apply then.
func bound(shape *schema, field protoreflect.FieldDescriptor) {
	rules, _ := proto.GetExtension(field.Options(), validate.E_Field).(*validate.FieldRules)
	if rules == nil || shape.Ref != "" {
		return
	}
	optional := rules.GetIgnore() == validate.Ignore_IGNORE_IF_ZERO_VALUE
	switch {
	case rules.GetRepeated() != nil:
		shape.MaxItems = rules.GetRepeated().GetMaxItems()
		if !optional {
			shape.MinItems = rules.GetRepeated().GetMinItems()
		}
		if shape.Items != nil && rules.GetRepeated().GetItems().GetString() != nil {
			boundText(shape.Items, rules.GetRepeated().GetItems().GetString(), optional)
		}
	case rules.GetString() != nil && shape.Type == "string":
		boundText(shape, rules.GetString(), optional)
	case rules.GetInt32() != nil && shape.Type == "integer":
		boundInteger(shape, rules.GetInt32(), optional)
	}
}

func boundText(shape *schema, rules *validate.StringRules, optional bool) {
	shape.MaxLength = rules.GetMaxLen()
	if !optional {
		shape.MinLength = rules.GetMinLen()
	}
	rules.ProtoReflect().Range(func(rule protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if limit := sizeLimit(rule); limit > 0 {
			shape.MaxLength = limit
		}
		return true
	})
}

var sizeRule = regexp.MustCompile(`size\((?:bytes\()?this\)?\) <= ([0-9]+)`)

// sizeLimit returns the limit of a rule of continuo.options.v1 on the length of texts, or 0.
func sizeLimit(rule protoreflect.FieldDescriptor) uint64 {
	predefined, _ := proto.GetExtension(rule.Options(), validate.E_Predefined).(*validate.PredefinedRules)
	for _, cel := range predefined.GetCel() {
		if found := sizeRule.FindStringSubmatch(cel.GetExpression()); found != nil {
			limit, _ := strconv.ParseUint(found[1], 10, 64) // digits only
			return limit
		}
	}
	return 0
}

func boundInteger(shape *schema, rules *validate.Int32Rules, optional bool) {
	at := func(bound int32, offset int64) *int64 {
		value := int64(bound) + offset
		return &value
	}
	switch {
	case optional:
	case rules.HasGte():
		shape.Minimum = at(rules.GetGte(), 0)
	case rules.HasGt():
		shape.Minimum = at(rules.GetGt(), 1)
	}
	switch {
	case rules.HasLte():
		shape.Maximum = at(rules.GetLte(), 0)
	case rules.HasLt():
		shape.Maximum = at(rules.GetLt(), -1)
	}
}
