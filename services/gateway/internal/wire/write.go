package wire

import (
	"fmt"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Append appends a message to dst as UTF-8 JSON or XML without white space. XML has no declaration.
//
// It returns an error for a message without a contract, for a format that the contract does not
// support, and for an invalid google.type.Decimal.
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
		return nil, fmt.Errorf("encoding a %s: the format %s is not supported", reflected.Descriptor().FullName(), format)
	}
}

// isNull reports whether a field is written as null. An unset .NET value type that is not nullable
// has its zero value instead.
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

// formatted returns a GUID or a date and time as .NET writes it. Other texts stay unchanged.
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

// decimalText returns a google.type.Decimal in plain digits. An empty value is zero, as its
// definition says.
func decimalText(field *fieldPlan, value protoreflect.Message) (string, error) {
	text := value.Get(field.decimal).String()
	if text == "" {
		return "0", nil
	}
	plain, ok := parseDecimal(text, styleExponent)
	if !ok {
		return "", fmt.Errorf("encoding %s: '%s' is not a decimal of at most 28 digits", field.desc.FullName(), quoted(text))
	}
	return plain, nil
}
