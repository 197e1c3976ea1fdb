package native

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// queryReader converts the query of a request to the query for the transcoder.
type queryReader struct {
	findings
	asked *route.Route
	// trial is a scratch request to test whether values are valid.
	trial proto.Message
	read  url.Values
}

// query converts the query of a request: parameters are named by their proto names in the result.
// Callers may use proto names or JSON names, such as `order_by` and `orderBy`, also within a field
// mask. Unknown parameters are rejected, because ignoring a misspelled filter would return too
// much. An interrupted stream of events resumes after the last event, and an update without a mask
// changes the members of its body.
func query(asked *route.Route, r *http.Request, body []byte) (string, *failure.Failure) {
	seen := lastEvent(asked, r.Header)
	if r.URL.RawQuery == "" && seen == "" && asked.HTTPMethod != http.MethodPatch {
		return "", nil
	}
	q := queryReader{asked: asked, read: url.Values{}}
	given, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		q.refuse("", failure.InvalidParameter, "the query string is not URL-encoded")
		return "", q.failure()
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(asked.RPC.Input().FullName())
	if err != nil {
		return "", failure.Internal()
	}
	q.trial = kind.New().Interface()
	for _, name := range slices.Sorted(maps.Keys(given)) {
		q.parameter(name, given[name])
	}
	if seen != "" {
		q.read.Set(string(afterField), seen)
	}
	if len(q.fields) > 0 {
		return "", q.failure()
	}
	if q.read.Get(string(updateMask)) == "" {
		mask, refused := sentMask(asked, body)
		if refused != nil {
			return "", refused
		}
		if mask != "" {
			q.read.Set(string(updateMask), mask)
		}
	}
	return q.read.Encode(), nil
}

// parameter converts one parameter.
func (q *queryReader) parameter(name string, values []string) {
	path, field := find(q.asked.RPC.Input(), name)
	if field == nil || q.asked.Body == "*" {
		q.refuse(name, UnknownParameter, "is not a query parameter of this method; its parameters are: "+q.taken())
		return
	}
	first, _, _ := strings.Cut(path, ".")
	switch top := q.asked.RPC.Input().Fields().ByName(protoreflect.Name(first)); {
	case q.asked.Body == first:
		q.refuse(name, UnknownParameter, "must be in the body")
	case q.asked.InPath(top):
		q.refuse(name, UnknownParameter, "is already set by the path")
	case !field.IsList() && len(values) > 1:
		q.refuse(name, failure.AmbiguousParameter, "is given more than once")
	default:
		q.take(name, path, field, values)
	}
}

// take adds the values of a field to the result if they are valid.
func (q *queryReader) take(name, path string, field protoreflect.FieldDescriptor, values []string) {
	if q.read.Has(path) {
		q.refuse(name, failure.AmbiguousParameter, "is given more than once")
		return
	}
	if slices.ContainsFunc(values, func(value string) bool { return !utf8.ValidString(value) }) {
		q.refuse(name, failure.InvalidParameter, "must be valid UTF-8 once it is unescaped")
		return
	}
	if isMessage(field, "google.protobuf.FieldMask") {
		values = []string{protoNames(values[0])}
	}
	if err := runtime.PopulateQueryParameters(q.trial, url.Values{path: values}, unfiltered); err != nil {
		q.refuse(name, failure.InvalidParameter, "must be of type "+typeOf(field))
		return
	}
	q.read[path] = values
}

// unfiltered is an empty filter for the transcoder.
var unfiltered = utilities.NewDoubleArray(nil)

// find returns the field of a parameter and its path in proto names. The field is nil if there is
// none.
func find(request protoreflect.MessageDescriptor, name string) (path string, field protoreflect.FieldDescriptor) {
	var names []string
	for in, parts := request, strings.Split(name, "."); len(parts) > 0; parts = parts[1:] {
		if in == nil {
			return "", nil
		}
		if field = fieldOf(in, parts[0]); field == nil {
			return "", nil
		}
		names = append(names, string(field.Name()))
		in = nil
		if !field.IsList() && !field.IsMap() {
			in = field.Message()
		}
	}
	return strings.Join(names, "."), field
}

// fieldOf returns the field with a JSON name or proto name, or nil.
func fieldOf(message protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	if field := message.Fields().ByJSONName(name); field != nil {
		return field
	}
	return message.Fields().ByTextName(name)
}

// taken lists the parameters of the route.
func (q *queryReader) taken() string {
	var names []string
	fields := q.asked.RPC.Input().Fields()
	for i := range fields.Len() {
		if field := fields.Get(i); q.asked.Body != "*" && string(field.Name()) != q.asked.Body && !q.asked.InPath(field) {
			names = append(names, field.JSONName())
		}
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// protoNames converts the JSON names in a field mask to proto names.
func protoNames(mask string) string {
	var names strings.Builder
	for _, c := range mask {
		if c >= 'A' && c <= 'Z' {
			names.WriteByte('_')
			c += 'a' - 'A'
		}
		names.WriteRune(c)
	}
	return names.String()
}

func isMessage(field protoreflect.FieldDescriptor, name protoreflect.FullName) bool {
	return field.Message() != nil && field.Message().FullName() == name
}

func typeOf(field protoreflect.FieldDescriptor) string {
	switch {
	case field.Message() != nil:
		return string(field.Message().FullName())
	case field.Enum() != nil:
		return string(field.Enum().FullName())
	default:
		return field.Kind().String()
	}
}
