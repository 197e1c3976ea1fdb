package route

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Parameter is a path variable as shown in the documentation.
type Parameter struct {
	// Name is unique in the path.
	Name string
	// Field is the field that the value, or the resource name containing it, is bound to.
	Field protoreflect.FieldDescriptor
	// Part means that the value is one id within a resource name.
	Part bool
}

// DocPath returns the path as shown in the documentation, with one variable per segment:
// `/v1/{name=customers/*}` becomes `/v1/customers/{customer}`.
func (r *Route) DocPath() (path string, parameters []Parameter) {
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
