package native

import (
	"fmt"
	"math"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
)

// Reasons of violations that vendors' envelopes do not know.
const (
	// UnknownParameter is a query parameter that the method does not take.
	UnknownParameter = string(reason.UnknownParameter)
	// UnknownField is a member of a body that is no field.
	UnknownField = string(reason.UnknownField)
)

const (
	dateMessage = "google.type.Date"
	maskMessage = "google.protobuf.FieldMask"
)

// Bounds of what a refusal tells, so that its size does not follow the request's.
const (
	mostFindings = 20
	longestPath  = 200
)

// findings is what was found wrong with a request.
type findings struct{ fields []failure.Field }

func (f *findings) refuse(path, why, description string) {
	if len(f.fields) == mostFindings {
		return
	}
	if len(path) > longestPath {
		path = strings.ToValidUTF8(path[:longestPath], "") + "…"
	}
	f.fields = append(f.fields, failure.Field{Key: path, Reason: why, Messages: []string{description}})
}

// failure is the refusal of what was found, nil where nothing was.
func (f *findings) failure() *failure.Failure {
	if len(f.fields) == 0 {
		return nil
	}
	texts := make([]string, len(f.fields))
	for i, field := range f.fields {
		texts[i] = field.String()
	}
	return &failure.Failure{
		Stage: failure.Binding, Status: http.StatusBadRequest, Code: codes.InvalidArgument, Reason: f.fields[0].Reason,
		Message: strings.Join(texts, "; "), Fields: f.fields,
	}
}

func isMessage(field protoreflect.FieldDescriptor, name protoreflect.FullName) bool {
	return field.Message() != nil && field.Message().FullName() == name
}

// valueOf says what to write for a field that has no fields of its own.
func valueOf(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.BoolKind:
		return "must be true or false"
	case protoreflect.EnumKind:
		return "must be one of " + strings.Join(choices(field.Enum()), ", ")
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		return fmt.Sprintf("must be a whole number from %d to %d", math.MinInt32, math.MaxInt32)
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return fmt.Sprintf("must be a whole number from %d to %d", math.MinInt64, math.MaxInt64)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return fmt.Sprintf("must be a whole number from 0 to %d", uint32(math.MaxUint32))
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return fmt.Sprintf("must be a whole number from 0 to %d", uint64(math.MaxUint64))
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return "must be a number"
	case protoreflect.BytesKind:
		return "must be bytes in base64"
	case protoreflect.MessageKind:
		return wellKnown(field.Message())
	default:
		return "must be a text"
	}
}

// choices are the values of an enum, without the one that says nothing.
func choices(enum protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 || enum.Values().Len() == 1 {
			names = append(names, string(value.Name()))
		}
	}
	return names
}

// wellKnown says what to write for a message of protobuf's own, which JSON has a notation of its own for.
func wellKnown(message protoreflect.MessageDescriptor) string {
	switch message.FullName() {
	case "google.protobuf.Timestamp":
		return "must be an instant like 2026-02-01T12:00:00Z"
	case "google.protobuf.Duration":
		return "must be a duration in seconds like 30s"
	case maskMessage:
		return "must be names of fields with commas between them"
	default:
		return "must be a " + string(message.Name())
	}
}

// objectLike says what to write for a message.
func objectLike(message protoreflect.MessageDescriptor) string {
	switch message.FullName() {
	case dateMessage:
		return `must be an object like {"year": 2026, "month": 2, "day": 1}`
	case "google.type.Decimal":
		return `must be an object like {"value": "12.50"}`
	case "google.type.Money":
		return `must be an object like {"currencyCode": "USD", "units": "12", "nanos": 500000000}`
	default:
		return "must be an object with the fields of " + string(message.Name())
	}
}
