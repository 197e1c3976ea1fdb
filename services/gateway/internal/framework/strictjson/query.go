package strictjson

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// query converts the query of a request to the query for the transcoder. Parameters are named as members
// of a body are, and unknown ones are ignored like unknown members. The value of an object is one of its
// members and the value of that: `subscription_identifier=number=S60117`.
func query(asked *route.Route, r *http.Request, body []byte) (string, *failure.Failure) {
	if _, refused := framework.IgnoreQuery(asked, r, body); refused != nil {
		return "", refused
	}
	if !asked.TakesQuery() {
		return "", nil
	}
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", failure.Malformed("query", failure.InvalidParameter, "The query must be URL-encoded.")
	}
	read := queryReader{bound: url.Values{}}
	fields := asked.RPC.Input().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if asked.InPath(field) || hidden(field) {
			continue
		}
		for _, value := range given[field.JSONName()] {
			read.value(field, string(field.Name()), field.JSONName(), value)
		}
	}
	if read.refused != nil {
		return "", read.refused
	}
	return read.bound.Encode(), nil
}

// queryReader collects parameters by their paths in proto names, and the first failure.
type queryReader struct {
	bound   url.Values
	refused *failure.Failure
}

// value binds a text to a field. key is its path as the caller writes it.
func (q *queryReader) value(field protoreflect.FieldDescriptor, path, key, text string) {
	if message := field.Message(); message != nil {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			q.refuse(key, failure.InvalidParameter, "must be one member and its value, such as "+example(message))
			return
		}
		if member := message.Fields().ByJSONName(name); member != nil && !hidden(member) {
			q.value(member, path+"."+string(member.Name()), key+"."+name, rest)
		}
		return
	}
	switch {
	case !utf8.ValidString(text):
		q.refuse(key, failure.InvalidParameter, "must be valid UTF-8 once it is unescaped")
	case !field.IsList() && q.bound.Has(path):
		q.refuse(key, failure.AmbiguousParameter, "is given more than once")
	case !converts(field, text):
		q.refuse(key, failure.InvalidParameter, fmt.Sprintf("%q is not of type %s", text, field.Kind()))
	default:
		q.bound.Add(path, text)
	}
}

func (q *queryReader) refuse(key, reason, message string) {
	if q.refused == nil {
		q.refused = &failure.Failure{
			Stage: failure.Binding, Status: http.StatusBadRequest, Reason: reason, Message: failure.InvalidRequest,
			Fields: []failure.Field{{Key: key, Reason: reason, Messages: []string{message}}},
		}
	}
}

// converts reports whether a text is a value of a field's type.
func converts(field protoreflect.FieldDescriptor, text string) bool {
	var err error
	switch field.Kind() {
	case protoreflect.Int32Kind:
		_, err = strconv.ParseInt(text, 10, 32)
	case protoreflect.Int64Kind:
		_, err = strconv.ParseInt(text, 10, 64)
	case protoreflect.BoolKind:
		return text == "true" || text == "false"
	}
	return err == nil
}

// example returns a value of an object as a caller writes it.
func example(message protoreflect.MessageDescriptor) string {
	return message.Fields().Get(0).JSONName() + "=..."
}

// hidden reports whether a field is never on the wire.
func hidden(field protoreflect.FieldDescriptor) bool {
	rules, _ := proto.GetExtension(field.Options(), optionsv1.E_FieldWire).(*optionsv1.FieldWire)
	return rules.GetProjection() || rules.GetNullMask()
}
