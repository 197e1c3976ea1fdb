package route

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

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
		if collection := r.segments[max(i-1, 0)].literal; r.Contract == "" && collection != "" {
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
