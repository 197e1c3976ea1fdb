package native

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// Unmarshal reads a body as protojson does; a field that does not exist is an error, not ignored.
func Unmarshal(text []byte, into proto.Message) error {
	return protojson.UnmarshalOptions{DiscardUnknown: false}.Unmarshal(text, into)
}

// Refusal says why a body cannot be read as a message, which is the request's field named in, "" for the request itself.
func Refusal(text []byte, into proto.Message, in string) *failure.Failure {
	b := body{}
	var syntax *json.SyntaxError
	var anything any
	switch err := json.Unmarshal(text, &anything); {
	case !utf8.Valid(text):
		b.refuse(in, failure.InvalidParameter, "the body is not UTF-8")
	case errors.As(err, &syntax):
		line, column := place(text, syntax.Offset)
		b.refuse(in, failure.InvalidParameter, fmt.Sprintf("the body is not JSON: see line %d, column %d", line, column))
	default:
		b.message(in, text, into.ProtoReflect().Descriptor())
	}
	if len(b.fields) == 0 {
		b.refuse(in, failure.InvalidParameter, "the body cannot be read as "+string(into.ProtoReflect().Descriptor().Name()))
	}
	return b.failure()
}

// place is the line and the column of the last byte that was read, both from 1.
func place(text []byte, read int64) (line, column int) {
	before := text[:min(max(read-1, 0), int64(len(text)))]
	return bytes.Count(before, []byte("\n")) + 1, len(before) - bytes.LastIndexByte(before, '\n')
}

// body looks in JSON that does not fit for the fields at fault.
type body struct{ findings }

// message looks through a message.
func (b *body) message(at string, value json.RawMessage, is protoreflect.MessageDescriptor) {
	members, ok := membersOf(value)
	if !ok {
		b.refuse(at, failure.InvalidParameter, objectLike(is))
		return
	}
	seen := map[protoreflect.Name]bool{}
	for _, member := range members {
		field := fieldOf(is, member.name)
		switch {
		case field == nil:
			b.refuse(below(at, member.name), UnknownField, "is no field of "+string(is.Name()))
		case seen[field.Name()]:
			b.refuse(below(at, string(field.Name())), failure.AmbiguousParameter, "is given more than once")
		default:
			seen[field.Name()] = true
			b.field(below(at, string(field.Name())), member.value, field)
		}
	}
}

// field looks at the value of a field, and into it where it does not fit.
func (b *body) field(at string, value json.RawMessage, field protoreflect.FieldDescriptor) {
	if fits(field, value) {
		return
	}
	switch elements, isList := elementsOf(value); {
	case field.IsMap():
		members, ok := membersOf(value)
		if !ok {
			b.refuse(at, failure.InvalidParameter, "must be an object")
		}
		for _, member := range members {
			b.element(at+"["+strconv.Quote(member.name)+"]", member.value, field.MapValue(), "{"+strconv.Quote(member.name)+":", "}", field)
		}
	case field.IsList() && !isList:
		b.refuse(at, failure.InvalidParameter, "must be a list")
	case field.IsList():
		for i, element := range elements {
			b.element(fmt.Sprintf("%s[%d]", at, i), element, field, "[", "]", field)
		}
	default:
		b.value(at, value, field)
	}
}

// element looks at one value of several, which fits if the field takes it alone, between what opens and closes them.
func (b *body) element(at string, value json.RawMessage, is protoreflect.FieldDescriptor, opens, closes string, of protoreflect.FieldDescriptor) {
	if !fits(of, json.RawMessage(opens+string(value)+closes)) {
		b.value(at, value, is)
	}
}

// value looks at a value that does not fit.
func (b *body) value(at string, value json.RawMessage, field protoreflect.FieldDescriptor) {
	if message := field.Message(); message != nil && message.FullName().Parent() != "google.protobuf" {
		b.message(at, value, message)
		return
	}
	b.refuse(at, failure.InvalidParameter, valueOf(field))
}

// fits reports whether a field takes a value: the codec is asked.
func fits(field protoreflect.FieldDescriptor, value json.RawMessage) bool {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(field.ContainingMessage().FullName())
	if err != nil {
		return false
	}
	text := fmt.Appendf(nil, "{%q:%s}", field.JSONName(), value)
	return Unmarshal(text, kind.New().Interface()) == nil
}

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// membersOf are the members of an object in their order, also those that are there twice; ok: it is an object.
func membersOf(value json.RawMessage) (members []member, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, false
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, false
		}
		found := member{}
		if found.name, ok = name.(string); !ok || decoder.Decode(&found.value) != nil {
			return nil, false
		}
		members = append(members, found)
	}
	return members, true
}

// elementsOf are the elements of an array; ok: it is one.
func elementsOf(value json.RawMessage) (elements []json.RawMessage, ok bool) {
	err := json.Unmarshal(value, &elements)
	return elements, err == nil && elements != nil
}

func below(at, name string) string {
	if at == "" {
		return name
	}
	return at + "." + name
}
