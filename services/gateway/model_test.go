package gateway

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// boundModel returns the model that a service received, in the framework's form: all members by
// JSON name, absent ones as the default of their type.
func boundModel(t *testing.T, received call) any {
	t.Helper()
	service, method, _ := strings.Cut(strings.TrimPrefix(received.method, "/"), "/")
	routes, err := route.FromService(protoreflect.FullName(service), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, candidate := range routes {
		if string(candidate.RPC.Name()) == method {
			request := received.request.ProtoReflect()
			body := request.Descriptor().Fields().ByName(protoreflect.Name(candidate.Body))
			return modelOf(request.Get(body).Message())
		}
	}
	t.Fatalf("no route for %s", received.method)
	return nil
}

func modelOf(message protoreflect.Message) map[string]any {
	members := map[string]any{}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		members[fields.Get(i).JSONName()] = memberOf(message, fields.Get(i))
	}
	return members
}

func memberOf(message protoreflect.Message, field protoreflect.FieldDescriptor) any {
	value := message.Get(field)
	number, isDecimal := value.Interface(), false
	if field.Message() != nil && field.Message().FullName() == (&decimal.Decimal{}).ProtoReflect().Descriptor().FullName() {
		isDecimal = true
		number = value.Message().Interface().(*decimal.Decimal).GetValue()
	}
	switch {
	case isDecimal && !message.Has(field):
		return json.Number("0")
	case isDecimal:
		return json.Number(number.(string))
	case field.Kind() == protoreflect.MessageKind && !message.Has(field):
		return nil
	case field.Kind() == protoreflect.MessageKind && isList(field.Message()):
		list := value.Message().Get(field.Message().Fields().Get(0)).List()
		items := make([]any, list.Len())
		for i := range items {
			items[i] = modelOf(list.Get(i).Message())
		}
		return items
	case field.Kind() == protoreflect.MessageKind:
		return modelOf(value.Message())
	case field.Kind() == protoreflect.StringKind && !message.Has(field):
		return nil
	case field.Kind() == protoreflect.StringKind:
		return value.String()
	default:
		return json.Number(value.String())
	}
}

func isList(message protoreflect.MessageDescriptor) bool {
	options, _ := proto.GetExtension(message.Options(), optionsv1.E_MessageWire).(*optionsv1.MessageWire)
	return options.GetList()
}

// sameModel compares a bound model with a recorded one. Numbers are compared as exact decimals, a
// null list item equals an empty one, and for XML an absent list equals an empty one.
func sameModel(got, want any, absentIsEmpty bool) bool {
	switch want := want.(type) {
	case map[string]any:
		members, ok := got.(map[string]any)
		if !ok || len(members) != len(want) {
			return absentIsEmpty && got == nil && isBlank(want)
		}
		for name, member := range want {
			found, has := members[name]
			if !has || !sameModel(found, member, absentIsEmpty) {
				return false
			}
		}
		return true
	case []any:
		if got == nil {
			return absentIsEmpty && len(want) == 0
		}
		items, ok := got.([]any)
		return ok && slices.EqualFunc(items, want, func(a, b any) bool {
			return sameModel(a, b, absentIsEmpty) || b == nil && isBlank(a)
		})
	case json.Number:
		number, ok := got.(json.Number)
		return ok && sameNumber(string(number), string(want))
	default:
		return got == want
	}
}

// isBlank reports whether all members of a model have default values.
func isBlank(model any) bool {
	switch model := model.(type) {
	case nil:
		return true
	case json.Number:
		return sameNumber(string(model), "0")
	case []any:
		return len(model) == 0
	case map[string]any:
		for _, member := range model {
			if !isBlank(member) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

func sameNumber(a, b string) bool {
	x, okX := new(big.Rat).SetString(a)
	y, okY := new(big.Rat).SetString(b)
	return okX && okY && x.Cmp(y) == 0
}

func parseJSON(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func show(model any) string {
	text, err := json.Marshal(model)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
