// Package route knows every REST path of the API: it reads them from the google.api.http annotations of the protos.
package route

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// Route is one method and path of the API.
type Route struct {
	// Contract is the name of the vendor's contract that the route belongs to, "" for the native API.
	Contract string
	// Framework is the framework that the vendor's proto file names.
	Framework optionsv1.Framework
	// HTTPMethod is in upper case.
	HTTPMethod string
	// Prefix stands before the path that the proto states: where the route's service is mounted.
	Prefix string
	// Pattern is the path with its prefix.
	Pattern string
	// RPC is the method behind the route.
	RPC protoreflect.MethodDescriptor
	// Body is the request field the body is bound to, "*" for the request itself, "" where there is no body.
	Body string
	// AnswerBody is the answer's field that is written as the body, "" for the answer itself.
	AnswerBody string

	segments []segment
	verb     string
}

// segment is one part of a path between slashes.
type segment struct {
	literal string                       // the exact text, "" for a variable
	field   protoreflect.FieldDescriptor // what a variable is bound to
}

// Key is the route's method and pattern as the mux spells it: `PUT /api/customerrecurring/{id=*}`.
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

// Literals are the path's segments, "" for a variable.
func (r *Route) Literals() []string {
	literals := make([]string, len(r.segments))
	for i, segment := range r.segments {
		literals[i] = segment.literal
	}
	return literals
}

// Model describes the message that the body is bound to, nil where there is none.
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

// Answer describes the message that is written as the body of a success.
func (r *Route) Answer() protoreflect.MessageDescriptor {
	if r.AnswerBody == "" {
		return r.RPC.Output()
	}
	return r.RPC.Output().Fields().ByName(protoreflect.Name(r.AnswerBody)).Message()
}

// TakesQuery reports whether a query parameter can reach the request: some field is bound to neither path nor body.
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

// documentTypes are the media types of documents, by the verbs of their paths.
var documentTypes = map[string]string{"print": "application/pdf", "export": "text/csv"}

// DocumentType is the media type of the document that the route answers in place of a message, "" where it answers one.
func (r *Route) DocumentType() string {
	if r.RPC.Output().FullName() != "google.api.HttpBody" {
		return ""
	}
	return documentTypes[r.verb]
}
