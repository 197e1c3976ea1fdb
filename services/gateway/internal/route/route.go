// Package route knows every REST path of the API: it reads them from the google.api.http annotations of the protos and
// finds the one that a request means, by the rules of the contract the path belongs to.
package route

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// Contract is whose rules a path follows.
type Contract string

// The contracts.
const (
	// Native is Continuo's own API.
	Native Contract = "native"
	// Sedona is ASP.NET Web API 2 with DataContractSerializer.
	Sedona Contract = "sedona"
	// Dynamics is ASP.NET Web API 2 with XmlSerializer.
	Dynamics Contract = "dynamics"
	// CRMCOM is JSON in an envelope.
	CRMCOM Contract = "crmcom"
	// Framework is ASP.NET Web API 2 itself: what answers where no route matches.
	Framework Contract = "framework"
)

// contractOf is whose rules a proto file's routes follow, by the framework that its wire options name.
func contractOf(file protoreflect.FileDescriptor) Contract {
	options, _ := proto.GetExtension(file.Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	switch options.GetContract() {
	case optionsv1.Contract_CONTRACT_ASPNET_DATA_CONTRACT:
		return Sedona
	case optionsv1.Contract_CONTRACT_ASPNET_XML_SERIALIZER:
		return Dynamics
	case optionsv1.Contract_CONTRACT_JSON:
		return CRMCOM
	default:
		return Native
	}
}

// Route is one method and path of the API.
type Route struct {
	// Contract is whose rules the route follows.
	Contract Contract
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
	rest    bool                         // `**`: all that follows
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

// FromService lists the routes of a service in the order of their declaration, with a method's main path before its
// additional ones. Its paths stand below the prefix.
func FromService(name protoreflect.FullName, prefix string) ([]*Route, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", name, err)
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no service", name)
	}
	var routes []*Route
	methods := service.Methods()
	for i := range methods.Len() {
		rule, _ := proto.GetExtension(methods.Get(i).Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule == nil {
			continue
		}
		for _, binding := range append([]*annotations.HttpRule{rule}, rule.GetAdditionalBindings()...) {
			route, err := fromRule(methods.Get(i), binding, prefix)
			if err != nil {
				return nil, fmt.Errorf("reading the path of %s: %w", methods.Get(i).FullName(), err)
			}
			routes = append(routes, route)
		}
	}
	return routes, nil
}

func fromRule(rpc protoreflect.MethodDescriptor, rule *annotations.HttpRule, prefix string) (*Route, error) {
	route := &Route{
		Contract: contractOf(rpc.ParentFile()), Prefix: prefix, RPC: rpc, Body: rule.GetBody(), AnswerBody: rule.GetResponseBody(),
	}
	switch pattern := rule.GetPattern().(type) {
	case *annotations.HttpRule_Get:
		route.HTTPMethod, route.Pattern = "GET", pattern.Get
	case *annotations.HttpRule_Put:
		route.HTTPMethod, route.Pattern = "PUT", pattern.Put
	case *annotations.HttpRule_Post:
		route.HTTPMethod, route.Pattern = "POST", pattern.Post
	case *annotations.HttpRule_Delete:
		route.HTTPMethod, route.Pattern = "DELETE", pattern.Delete
	case *annotations.HttpRule_Patch:
		route.HTTPMethod, route.Pattern = "PATCH", pattern.Patch
	case *annotations.HttpRule_Custom:
		route.HTTPMethod, route.Pattern = pattern.Custom.GetKind(), pattern.Custom.GetPath()
	default:
		return nil, fmt.Errorf("the http rule has no pattern")
	}
	if field := rpc.Input().Fields().ByName(protoreflect.Name(route.Body)); route.Body != "" && route.Body != "*" && field == nil {
		return nil, fmt.Errorf("the http rule's body field %q does not exist", route.Body)
	}
	route.Pattern = prefix + route.Pattern
	return route, route.parse()
}

// parse splits the pattern into segments: `/v1/{name=customers/*}/recurrences:quote`.
func (r *Route) parse() error {
	rest, ok := strings.CutPrefix(r.Pattern, "/")
	if !ok {
		return fmt.Errorf("path %q does not start with a slash", r.Pattern)
	}
	for rest != "" {
		var part string
		if strings.HasPrefix(rest, "{") {
			end := strings.IndexByte(rest, '}')
			if end < 0 {
				return fmt.Errorf("path %q has an unclosed variable", r.Pattern)
			}
			part, rest = rest[:end+1], rest[end+1:]
			if err := r.addVariable(strings.Trim(part, "{}")); err != nil {
				return err
			}
		} else {
			end := strings.IndexAny(rest, "/:")
			if end < 0 {
				end = len(rest)
			}
			part, rest = rest[:end], rest[end:]
			r.segments = append(r.segments, segment{literal: part})
		}
		if verb, ok := strings.CutPrefix(rest, ":"); ok {
			r.verb, rest = verb, ""
		}
		rest = strings.TrimPrefix(rest, "/")
	}
	return nil
}

func (r *Route) addVariable(variable string) error {
	path, template, explicit := strings.Cut(variable, "=")
	if !explicit {
		template = "*"
	}
	message := r.RPC.Input()
	var field protoreflect.FieldDescriptor
	for name := range strings.SplitSeq(path, ".") {
		if message == nil {
			return fmt.Errorf("path variable %q reaches into a field that is no message", path)
		}
		if field = message.Fields().ByName(protoreflect.Name(name)); field == nil {
			return fmt.Errorf("path variable %q names no field", path)
		}
		message = field.Message()
	}
	for part := range strings.SplitSeq(template, "/") {
		switch part {
		case "*":
			r.segments = append(r.segments, segment{field: field})
		case "**":
			r.segments = append(r.segments, segment{field: field, rest: true})
		default:
			r.segments = append(r.segments, segment{literal: part})
		}
	}
	return nil
}

// AnswersDocument reports whether the route answers bytes of their own media type rather than a message.
func (r *Route) AnswersDocument() bool { return r.RPC.Output().FullName() == "google.api.HttpBody" }

// Parameter is a variable of a path as documentation shows it.
type Parameter struct {
	// Name is unique in the path.
	Name string
	// Field is what the value, or a part of it, is bound to.
	Field protoreflect.FieldDescriptor
	// Part reports that the value is one id within a resource name.
	Part bool
}

// Shown is the path as documentation shows it, one variable a segment: `/v1/{name=customers/*}` is
// `/v1/customers/{customer}`.
func (r *Route) Shown() (path string, parameters []Parameter) {
	var shown strings.Builder
	for i, segment := range r.segments {
		shown.WriteByte('/')
		if segment.field == nil {
			shown.WriteString(segment.literal)
			continue
		}
		parameter := Parameter{Name: segment.field.JSONName(), Field: segment.field}
		if collection := r.segments[max(i-1, 0)].literal; r.Contract == Native && collection != "" {
			parameter.Name, parameter.Part = strings.TrimSuffix(collection, "s"), true
		}
		parameters = append(parameters, parameter)
		shown.WriteString("{" + parameter.Name + "}")
	}
	if r.verb != "" {
		shown.WriteString(":" + r.verb)
	}
	return shown.String(), parameters
}
