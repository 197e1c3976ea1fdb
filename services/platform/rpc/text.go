package rpc

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// fieldWithNUL returns the path of a text that contains U+0000, which PostgreSQL cannot store, or
// "".
func fieldWithNUL(message protoreflect.Message) (path string) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		name := string(field.Name())
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, element protoreflect.Value) bool {
				if strings.ContainsRune(key.String(), 0) {
					path = name
				} else {
					path = elementWithNUL(field.MapValue(), element, fmt.Sprintf("%s[%q]", name, key.String()))
				}
				return path == ""
			})
		case field.IsList():
			for i := 0; i < value.List().Len() && path == ""; i++ {
				if path = elementWithNUL(field, value.List().Get(i), name); path != "" {
					path = strings.Replace(path, name, fmt.Sprintf("%s[%d]", name, i), 1)
				}
			}
		default:
			path = elementWithNUL(field, value, name)
		}
		return path == ""
	})
	return path
}

func elementWithNUL(field protoreflect.FieldDescriptor, value protoreflect.Value, name string) string {
	switch field.Kind() {
	case protoreflect.StringKind:
		if strings.IndexByte(value.String(), 0) >= 0 {
			return name
		}
	case protoreflect.MessageKind, protoreflect.GroupKind:
		if below := fieldWithNUL(value.Message()); below != "" {
			return name + "." + below
		}
	}
	return ""
}
