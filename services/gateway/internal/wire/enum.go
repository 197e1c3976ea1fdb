package wire

import (
	"fmt"
	"reflect"
	"strconv"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// enumPlan is the compiled description of an enum: what each of its values is on the wire.
type enumPlan struct {
	// names and numbers are the vendor's, by the proto's numbers.
	names   map[int64]string
	numbers map[int64]int64
	// byName, byFolded and byNumber find a proto's number by the vendor's name, that name in lower case, and
	// the vendor's number.
	byName, byFolded map[string]int64
	byNumber         map[int64]int64
}

// enumOf compiles the options of an enum.
func enumOf(plan *modelPlan, desc protoreflect.EnumDescriptor) (*enumPlan, error) {
	if plan.strict() {
		return nil, fmt.Errorf("%s is an enum, which a strict contract cannot have", desc.FullName())
	}
	enum := &enumPlan{
		names: map[int64]string{}, numbers: map[int64]int64{}, byName: map[string]int64{}, byFolded: map[string]int64{}, byNumber: map[int64]int64{},
	}
	for i := range desc.Values().Len() {
		value := desc.Values().Get(i)
		wire, _ := proto.GetExtension(value.Options(), optionsv1.E_EnumValueWire).(*optionsv1.EnumValueWire)
		own, number := int64(value.Number()), int64(wire.GetNumber())
		switch _, taken := enum.byNumber[number]; {
		case wire == nil && own == 0:
			continue
		case wire.GetName() == "" || taken:
			return nil, fmt.Errorf("%s needs a name and a number of its own", value.FullName())
		}
		enum.names[own], enum.numbers[own] = wire.GetName(), number
		enum.byName[wire.GetName()], enum.byFolded[fold(wire.GetName())], enum.byNumber[number] = own, own, own
	}
	return enum, nil
}

// parse returns the proto's number of a text, which is the vendor's name in any case, or its number.
func (e *enumPlan) parse(text string) (int64, bool) {
	if own, ok := e.byFolded[fold(text)]; ok {
		return own, true
	}
	number, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, false
	}
	own, ok := e.byNumber[number]
	return own, ok
}

// number returns the vendor's number of a value: 0, the default of .NET, for one that has none.
func (e *enumPlan) number(value reflect.Value) int64 { return e.numbers[scalar(value).Int()] }

// name returns the vendor's name of a value, or the number of one that has none, as .NET does.
func (e *enumPlan) name(value reflect.Value) string {
	if name, ok := e.names[scalar(value).Int()]; ok {
		return name
	}
	if own, ok := e.byNumber[0]; ok {
		return e.names[own]
	}
	return "0"
}

// putEnum sets a field that is an enum, or appends to a list.
func putEnum(m model, field *fieldPlan, number int64) {
	at := m.at(field)
	switch at.Kind() {
	case reflect.Pointer:
		at.Set(reflect.New(at.Type().Elem()))
		at.Elem().SetInt(number)
	case reflect.Slice:
		item := reflect.New(at.Type().Elem()).Elem()
		item.SetInt(number)
		at.Set(reflect.Append(at, item))
	default:
		at.SetInt(number)
	}
}

// netEnum converts a JSON value as Json.NET does: a number, or a text that is a name or a number.
func (b *binder) netEnum(field *fieldPlan, n *node) (int64, bool) {
	switch n.kind {
	case kindNumber:
		number, ok := jsonInteger(n.text, 32)
		own, known := field.enum.byNumber[number]
		return own, ok && known
	case kindString:
		return field.enum.parse(n.text)
	default:
		return 0, false
	}
}
