package rpc

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// textWithNUL returns the path of a text that contains U+0000, which PostgreSQL cannot store, or "".
func textWithNUL(message proto.Message) (path string) {
	if at := reflect.ValueOf(message); at.Kind() == reflect.Pointer && isOpen(at.Type().Elem()) && !at.IsNil() {
		return structWithNUL(at.Elem())
	}
	return fieldWithNUL(message.ProtoReflect())
}

// textField is a field of an open struct that can hold text.
type textField struct {
	protoreflect.FieldDescriptor
	// index is that of the struct's field, or -1 if only the message knows where its text is.
	index int
}

// textFields holds the fields of each open struct, []textField by its reflect.Type.
var textFields sync.Map

// textFieldsOf returns the fields of an open struct that can hold text, in the order of the proto.
func textFieldsOf(of reflect.Type) []textField {
	if known, ok := textFields.Load(of); ok {
		return known.([]textField) //nolint:forcetypeassert // stored below
	}
	var found []textField
	message := reflect.New(of).Interface().(proto.Message) //nolint:forcetypeassert // an open struct is that of a message
	fields := message.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); holdsText(field) {
			found = append(found, textField{field, plainIndex(of, field)})
		}
	}
	textFields.Store(of, found)
	return found
}

// plainIndex returns the index of the struct's field that holds a text, an open struct or a list of them, and
// -1 for maps, oneofs and structs that are not open.
func plainIndex(of reflect.Type, field protoreflect.FieldDescriptor) int {
	for i := range of.NumField() {
		parts := strings.Split(of.Field(i).Tag.Get("protobuf"), ",")
		if len(parts) < 2 || parts[1] != strconv.Itoa(int(field.Number())) || field.IsMap() {
			continue
		}
		if field.Message() == nil || isOpen(messageStruct(of.Field(i).Type)) {
			return i
		}
	}
	return -1
}

// messageStruct returns the struct of a field that holds a message or a list of messages.
func messageStruct(of reflect.Type) reflect.Type {
	for of.Kind() != reflect.Struct {
		of = of.Elem()
	}
	return of
}

// structWithNUL is like fieldWithNUL for an open struct, which takes a third of the time.
func structWithNUL(message reflect.Value) (path string) {
	for _, field := range textFieldsOf(message.Type()) {
		if field.index < 0 {
			whole := message.Addr().Interface().(proto.Message).ProtoReflect() //nolint:forcetypeassert // as above
			if below, found := presentWithNUL(whole, field.FieldDescriptor); found {
				return string(field.Name()) + below
			}
			continue
		}
		at := message.Field(field.index)
		if at.Kind() != reflect.Slice {
			if below, found := plainWithNUL(at); found {
				return string(field.Name()) + below
			}
			continue
		}
		for i := range at.Len() {
			if below, found := plainWithNUL(at.Index(i)); found {
				return fmt.Sprintf("%s[%d]%s", field.Name(), i, below)
			}
		}
	}
	return ""
}

// plainWithNUL is like elementWithNUL for a text or an open struct, or a pointer to one, which may be nil.
func plainWithNUL(at reflect.Value) (below string, found bool) {
	if at.Kind() == reflect.Pointer {
		if at.IsNil() {
			return "", false
		}
		at = at.Elem()
	}
	if at.Kind() == reflect.String {
		return "", strings.IndexByte(at.String(), 0) >= 0
	}
	if path := structWithNUL(at); path != "" {
		return "." + path, true
	}
	return "", false
}

// fieldWithNUL returns the path of a text that contains U+0000, or "". It asks for the fields one by one
// because Range would allocate for each message.
func fieldWithNUL(message protoreflect.Message) (path string) {
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		if below, found := presentWithNUL(message, fields.Get(i)); found {
			return string(fields.Get(i).Name()) + below
		}
	}
	return ""
}

// presentWithNUL reports whether the value of a field contains U+0000, and where below the field.
func presentWithNUL(message protoreflect.Message, field protoreflect.FieldDescriptor) (below string, found bool) {
	if !holdsText(field) || !message.Has(field) {
		return "", false
	}
	return valueWithNUL(field, message.Get(field))
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
		if path := fieldWithNUL(value.Message()); path != "" {
			return "." + path, true
		}
		return "", false
	}
	return "", field.Kind() == protoreflect.StringKind && strings.IndexByte(value.String(), 0) >= 0
}
