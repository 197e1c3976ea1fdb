package openapi

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// parameters returns the path parameters followed by the generated query parameters.
func parameters(o operation, variables []route.Parameter) openapi3.Parameters {
	described := map[string]string{}
	var inQuery openapi3.Parameters
	for _, generated := range o.generated.Parameters {
		switch parameter := generated.Value; {
		case parameter.In == openapi3.ParameterInPath:
			described[parameter.Name] = parameter.Description
		case o.TakesQuery():
			inQuery = append(inQuery, generated)
		}
	}
	var all openapi3.Parameters
	for _, variable := range variables {
		about, schema := described[variable.Field.JSONName()], openapi3.NewStringSchema()
		if variable.Part {
			about = fmt.Sprintf("Id of the %s.", variable.Name)
		}
		if variable.Field.Kind() == protoreflect.Int32Kind {
			schema = openapi3.NewInt32Schema()
		}
		all = append(all, &openapi3.ParameterRef{
			Value: openapi3.NewPathParameter(variable.Name).WithDescription(about).WithSchema(schema),
		})
	}
	return append(all, inQuery...)
}
