// Package route reads the REST paths of the API from the google.api.http annotations of the protos.
package route

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// Route is one HTTP method and path of the API.
type Route struct {
	// Contract is the name of the vendor contract, or "" for the native API.
	Contract string
	// Framework is the framework that the vendor's proto file names.
	Framework optionsv1.Framework
	// Beside means that the vendor has no such operation.
	Beside bool
	// HTTPMethod is the method in upper case.
	HTTPMethod string
	// Prefix precedes the path in the proto: the mount point of the service.
	Prefix string
	// Pattern is the path including the prefix.
	Pattern string
	// RPC is the gRPC method of the route.
	RPC protoreflect.MethodDescriptor
	// Body is the request field that holds the body, "*" for the whole request, or "" for no body.
	Body string
	// ResponseBody is the response field that is written as the body, or "" for the whole response.
	ResponseBody string

	segments []segment
	verb     string
}

// segment is a part of a path between slashes.
type segment struct {
	literal string                       // the exact text, "" for a variable
	field   protoreflect.FieldDescriptor // what a variable is bound to
}

// Key returns the method and pattern as the mux spells them: `PUT /api/customerrecurring/{id=*}`.
func (r *Route) Key() string {
	var key strings.Builder
	key.WriteString(r.HTTPMethod + " ")
	for rest := strings.TrimPrefix(r.Pattern, r.Prefix); rest != ""; {
		before, variable, found := strings.Cut(rest, "{")
		key.WriteString(before)
		if !found {
			break
		}
		variable, rest, _ = strings.Cut(variable, "}")
		if !strings.Contains(variable, "=") {
			variable += "=*"
		}
		key.WriteString("{" + variable + "}")
	}
	return key.String()
}

// Literals returns the segments of the path, with "" for variables.
func (r *Route) Literals() []string {
	literals := make([]string, len(r.segments))
	for i, segment := range r.segments {
		literals[i] = segment.literal
	}
	return literals
}

// Variable returns the field that a segment of the path is bound to, or nil for a literal.
func (r *Route) Variable(segment int) protoreflect.FieldDescriptor { return r.segments[segment].field }

// Model returns the descriptor of the message that the body is bound to, or nil.
func (r *Route) Model() protoreflect.MessageDescriptor {
	switch r.Body {
	case "":
		return nil
	case "*":
		return r.RPC.Input()
	default:
		return r.RPC.Input().Fields().ByName(protoreflect.Name(r.Body)).Message()
	}
}

// Answer returns the descriptor of the message that is written as the response body.
func (r *Route) Answer() protoreflect.MessageDescriptor {
	if r.ResponseBody == "" {
		return r.RPC.Output()
	}
	return r.RPC.Output().Fields().ByName(protoreflect.Name(r.ResponseBody)).Message()
}

// TakesQuery reports whether the request has fields that are bound neither to the path nor to the
// body, and so can be query parameters.
func (r *Route) TakesQuery() bool {
	if r.Body == "*" {
		return false
	}
	fields := r.RPC.Input().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !r.InPath(field) && string(field.Name()) != r.Body {
			return true
		}
	}
	return false
}

// InPath reports whether a field of the request is bound to the path.
func (r *Route) InPath(field protoreflect.FieldDescriptor) bool {
	return slices.ContainsFunc(r.segments, func(s segment) bool { return s.field == field })
}

// documentTypes maps the verbs of paths to the media types of documents.
var documentTypes = map[string]string{"print": "application/pdf", "export": "text/csv"}

// DocumentType returns the media type if the response is a document, or "" if it is a message.
func (r *Route) DocumentType() string {
	if r.RPC.Output().FullName() != "google.api.HttpBody" {
		return ""
	}
	return documentTypes[r.verb]
}
