package route

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// canonical is a path value as the generated handlers read it: an integer in plain decimal, anything else as it is.
func canonical(field protoreflect.FieldDescriptor, value string) (string, error) {
	switch field.Kind() {
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		number, err := integer(value)
		return strconv.FormatInt(int64(number), 10), err
	default:
		return value, nil
	}
}

// integer reads an Int32 as .NET's Int32Converter does: white space around it, a sign, leading zeros, and hexadecimal
// after `#`, `0x` or `&h`.
func integer(text string) (int32, error) {
	text = strings.TrimSpace(text)
	for _, prefix := range []string{"#", "0x", "&h"} {
		if len(text) > len(prefix) && strings.EqualFold(text[:len(prefix)], prefix) {
			bits, err := strconv.ParseUint(text[len(prefix):], 16, 32)
			return int32(uint32(bits)), err //nolint:gosec // the bits of the number are what hexadecimal states
		}
	}
	number, err := strconv.ParseInt(text, 10, 32)
	return int32(number), err
}
