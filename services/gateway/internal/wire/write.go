package wire

import (
	"fmt"
	"reflect"
	"strconv"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
)

// Append appends a message to dst as UTF-8 JSON or XML without white space. XML has no declaration.
//
// It returns an error for a message without a contract, for a format that the contract does not
// support, and for an invalid google.type.Decimal.
func Append(dst []byte, format Format, message proto.Message) ([]byte, error) {
	desc := message.ProtoReflect().Descriptor()
	plan, err := planOf(desc)
	if err != nil {
		return nil, err
	}
	from, err := modelOf(message, plan)
	if err != nil {
		return nil, err
	}
	switch {
	case format == JSON:
		return appendJSON(dst, from, plan)
	case format == XML && !plan.strict():
		return appendXML(dst, from, plan)
	default:
		return nil, fmt.Errorf("encoding a %s: the format %s is not supported", desc.FullName(), format)
	}
}

// isNull reports whether a field is written as null. An unset .NET value type that is not nullable
// has its zero value instead.
func (m *modelPlan) isNull(value reflect.Value, field *fieldPlan) bool {
	if value.Kind() != reflect.Pointer || !value.IsNil() { // a field without presence is no pointer
		return false
	}
	return field.kind == valueText || field.kind == valueMessage || field.nullable || m.strict()
}

// appendPlain appends a bool, an integer, or the number of an enum.
func appendPlain(dst []byte, field *fieldPlan, value reflect.Value) []byte {
	if field.kind == valueBool {
		return strconv.AppendBool(dst, scalar(value).Bool())
	}
	if field.kind == valueEnum {
		return strconv.AppendInt(dst, field.enum.number(value), 10)
	}
	return strconv.AppendInt(dst, scalar(value).Int(), 10)
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
func decimalText(field *fieldPlan, value reflect.Value) (string, error) {
	text := value.Interface().(*decimal.Decimal).GetValue() //nolint:forcetypeassert // the plan says so
	if text == "" {
		return "0", nil
	}
	plain, ok := parseDecimal(text, styleExponent)
	if !ok {
		return "", fmt.Errorf("encoding %s: '%s' is not a decimal of at most 28 digits", field.desc.FullName(), quoted(text))
	}
	return plain, nil
}
