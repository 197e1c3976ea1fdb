package rpc

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// fieldWithNUL returns the path of a text that contains U+0000, which PostgreSQL cannot store, or
// "". It asks for the fields one by one because Range would allocate for each message, and not whether they
// are set, which takes as long as asking for them: what is not set is empty.
func fieldWithNUL(message protoreflect.Message) (path string) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !holdsText(field) {
			continue
		}
		if below, found := valueWithNUL(field, message.Get(field)); found {
			return string(field.Name()) + below
		}
	}
	return ""
}

// holdsText reports whether there can be text in a field.
func holdsText(field protoreflect.FieldDescriptor) bool {
	return field.Kind() == protoreflect.StringKind || field.Message() != nil
}

// valueWithNUL reports whether the value of a field contains U+0000, and where below the field.
func valueWithNUL(field protoreflect.FieldDescriptor, value protoreflect.Value) (below string, found bool) {
	switch {
	case field.IsMap():
		return entryWithNUL(field, value.Map())
	case field.IsList():
		list := value.List()
		for i := range list.Len() {
			if below, found := elementWithNUL(field, list.Get(i)); found {
				return fmt.Sprintf("[%d]%s", i, below), true
			}
		}
		return "", false
	}
	return elementWithNUL(field, value)
}

func entryWithNUL(field protoreflect.FieldDescriptor, entries protoreflect.Map) (below string, found bool) {
	entries.Range(func(key protoreflect.MapKey, element protoreflect.Value) bool {
		if found = strings.ContainsRune(key.String(), 0); !found {
			if below, found = elementWithNUL(field.MapValue(), element); found {
				below = fmt.Sprintf("[%q]%s", key.String(), below)
			}
		}
		return !found
	})
	return below, found
}

func elementWithNUL(field protoreflect.FieldDescriptor, value protoreflect.Value) (below string, found bool) {
	if field.Message() != nil {
		if message := value.Message(); message.IsValid() {
			if path := fieldWithNUL(message); path != "" {
				return "." + path, true
			}
		}
		return "", false
	}
	return "", field.Kind() == protoreflect.StringKind && strings.IndexByte(value.String(), 0) >= 0
}
