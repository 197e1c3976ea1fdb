package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// model is the generated Go struct of a message. The codec reads and writes its fields by the reflection
// of Go, as encoding/json does, because that of protobuf allocates several times for a field.
type model struct{ reflect.Value }

// modelOf returns the struct of a message of the plan's type.
func modelOf(message proto.Message, plan *modelPlan) (model, error) {
	pointer := reflect.ValueOf(message)
	if pointer.Type() != plan.goType {
		return model{}, fmt.Errorf("a %T is not the generated type of its message, %s", message, plan.goType)
	}
	return modelAt(pointer), nil
}

// modelAt returns the struct at a pointer, or an empty one, which cannot be changed, for nil.
func modelAt(pointer reflect.Value) model {
	if pointer.IsNil() {
		return model{reflect.Zero(pointer.Type().Elem())}
	}
	return model{pointer.Elem()}
}

func (m model) at(field *fieldPlan) reflect.Value { return m.Field(field.at) }

// has reports whether a field is set, as protobuf defines it.
func (m model) has(field *fieldPlan) bool {
	switch at := m.at(field); at.Kind() {
	case reflect.Pointer:
		return !at.IsNil()
	case reflect.Slice:
		return at.Len() > 0
	default:
		return !at.IsZero()
	}
}

func (m model) clear(field *fieldPlan) { m.at(field).SetZero() }

// child returns the message in a field, which it creates if needed.
func (m model) child(field *fieldPlan) model {
	at := m.at(field)
	if at.IsNil() {
		at.Set(reflect.New(at.Type().Elem()))
	}
	return model{at.Elem()}
}

// appended appends an empty message to a list of messages and returns it.
func (m model) appended(field *fieldPlan) model {
	list := m.at(field)
	item := reflect.New(list.Type().Elem().Elem())
	list.Grow(1)
	list.SetLen(list.Len() + 1)
	list.Index(list.Len() - 1).Set(item)
	return model{item.Elem()}
}

// put sets a scalar field, or appends to a list. T is the type of the field's values.
func put[T any](m model, field *fieldPlan, value T) {
	switch at := m.at(field).Addr().Interface().(type) {
	case *T:
		*at = value
	case **T:
		held := value
		*at = &held
	case *[]T:
		*at = append(*at, value)
	}
}

// putDecimal sets a google.type.Decimal field, or appends to a list.
func putDecimal(m model, field *fieldPlan, text string) {
	put(m, field, &decimal.Decimal{Value: text})
}

// scalar returns a value without its pointer, and the zero value for a nil one.
func scalar(value reflect.Value) reflect.Value {
	switch {
	case value.Kind() != reflect.Pointer:
		return value
	case value.IsNil():
		return reflect.Zero(value.Type().Elem())
	default:
		return value.Elem()
	}
}

// Fields returns the indexes of the fields of a message in its generated struct, by their numbers.
func Fields(desc protoreflect.MessageDescriptor) (map[protoreflect.FieldNumber]int, error) {
	_, fields, err := generated(desc)
	return fields, err
}

// generated returns the Go type of a message, a pointer to a struct, and the indexes of the struct's
// fields by the numbers of the message's.
func generated(desc protoreflect.MessageDescriptor) (reflect.Type, map[protoreflect.FieldNumber]int, error) {
	known, err := protoregistry.GlobalTypes.FindMessageByName(desc.FullName())
	if err != nil {
		return nil, nil, fmt.Errorf("finding the Go type: %w", err)
	}
	pointer := reflect.TypeOf(known.Zero().Interface())
	fields := map[protoreflect.FieldNumber]int{}
	for i := range pointer.Elem().NumField() {
		parts := strings.Split(pointer.Elem().Field(i).Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		number, err := strconv.ParseInt(parts[1], 10, 32)
		if err != nil {
			return nil, nil, fmt.Errorf("reading the tag of %s: %w", pointer.Elem().Field(i).Name, err)
		}
		fields[protoreflect.FieldNumber(number)] = i
	}
	return pointer, fields, nil
}
