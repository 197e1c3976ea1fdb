package wire

import (
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Append appends a message to dst as UTF-8 JSON or XML, without white space; XML has no declaration.
//
// It fails for a message that belongs to no contract, for a contract that does not have the format, and for a
// google.type.Decimal that holds no decimal.
func Append(dst []byte, format Format, message proto.Message) ([]byte, error) {
	reflected := message.ProtoReflect()
	plan, err := planOf(reflected.Descriptor())
	if err != nil {
		return nil, err
	}
	switch {
	case format == JSON:
		return appendJSON(dst, reflected, plan)
	case format == XML && !plan.strict():
		return appendXML(dst, reflected, plan)
	default:
		return nil, fmt.Errorf("writing a %s: it has no form as %s", reflected.Descriptor().FullName(), format)
	}
}

// isNull says whether a field of a message is written as null: a .NET value type that is not nullable has its type's zero
// where it is unset.
func (m *modelPlan) isNull(message protoreflect.Message, field *fieldPlan) bool {
	if field.repeated || message.Has(field.desc) {
		return false
	}
	if field.kind == valueText || field.kind == valueMessage || field.nullable || m.strict() {
		return field.desc.HasPresence()
	}
	return false
}

// appendPlain appends a bool or an integer.
func appendPlain(dst []byte, field *fieldPlan, value protoreflect.Value) []byte {
	if field.kind == valueBool {
		return strconv.AppendBool(dst, value.Bool())
	}
	return strconv.AppendInt(dst, value.Int(), 10)
}

// formatted is the text of a GUID or of a date and time as .NET writes it; what is neither stays as it is.
func formatted(field *fieldPlan, text string) string {
	empty, parse := emptyDateTime, parseDateTime
	if field.kind == valueGUID {
		empty, parse = emptyGUID, parseGUID
	}
	if text == "" {
		return empty
	}
	if value, ok := parse(text); ok {
		return value
	}
	return text
}

// decimalText is the text of a google.type.Decimal in plain digits. An empty one is zero, as its definition says.
func decimalText(field *fieldPlan, value protoreflect.Message) (string, error) {
	text := value.Get(field.decimal).String()
	if text == "" {
		return "0", nil
	}
	plain, ok := parseDecimal(text, styleExponent)
	if !ok {
		return "", fmt.Errorf("writing %s: '%s' is not a decimal of at most 28 digits", field.desc.FullName(), quoted(text))
	}
	return plain, nil
}
