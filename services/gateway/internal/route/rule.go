package route

import (
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// FromService returns the routes of a service in declaration order, each method's main path before
// its additional ones. Native paths are prefixed with prefix; vendor paths are not.
func FromService(name protoreflect.FullName, prefix string) ([]*Route, error) {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, fmt.Errorf("looking up %s: %w", name, err)
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is not a service", name)
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
	wire, _ := proto.GetExtension(rpc.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	beside, _ := proto.GetExtension(rpc.Options(), optionsv1.E_BesideContract).(bool)
	route := &Route{
		Beside:   beside,
		Contract: wire.GetContract(), Framework: wire.GetFramework(),
		RPC: rpc, Body: rule.GetBody(), ResponseBody: rule.GetResponseBody(),
	}
	if route.Contract == "" {
		route.Prefix = prefix
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
	route.Pattern = route.Prefix + route.Pattern
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
			return fmt.Errorf("path variable %q selects a field of a non-message", path)
		}
		if field = message.Fields().ByName(protoreflect.Name(name)); field == nil {
			return fmt.Errorf("path variable %q names an unknown field", path)
		}
		message = field.Message()
	}
	for part := range strings.SplitSeq(template, "/") {
		switch part {
		case "*":
			r.segments = append(r.segments, segment{field: field})
		case "**":
			return fmt.Errorf("path variable %q matches several segments, which is not supported", path)
		default:
			r.segments = append(r.segments, segment{literal: part})
		}
	}
	return nil
}
