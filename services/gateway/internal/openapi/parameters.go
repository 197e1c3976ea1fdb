package openapi

import (
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// parameters are those of the path, one a segment, then those that were generated for the query.
func parameters(o operation, variables []route.Parameter) openapi3.Parameters {
	described := map[string]string{}
	var inQuery openapi3.Parameters
	for _, generated := range o.generated.Parameters {
		switch parameter := generated.Value; {
		case parameter.In == openapi3.ParameterInPath:
			described[parameter.Name] = parameter.Description
		case o.TakesQuery():
			if parameter = queryParameter(o, parameter); parameter != nil {
				inQuery = append(inQuery, &openapi3.ParameterRef{Value: parameter})
			}
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

// queryParameter is how a query parameter is described. A date that is a field of the request is one text, where the generator
// names the three fields of a google.type.Date: the first of these stands for it, and the others are nil.
func queryParameter(o operation, generated *openapi3.Parameter) *openapi3.Parameter {
	name, part, nested := strings.Cut(generated.Name, ".")
	field := o.RPC.Input().Fields().ByJSONName(name)
	if !nested || field == nil || field.Message() == nil || field.Message().FullName() != "google.type.Date" {
		return generated
	}
	if part != "year" {
		return nil
	}
	about := fmt.Sprintf("A date like 2026-02-01. Its parts may be given one by one instead: %s.year, %[1]s.month, %[1]s.day.", name)
	return openapi3.NewQueryParameter(name).WithDescription(about).WithSchema(openapi3.NewStringSchema().WithFormat("date"))
}
