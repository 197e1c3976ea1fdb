package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// Places of parameters.
const (
	inPath   = "path"
	inQuery  = "query"
	inHeader = "header"
)

// headerParameters are the headers that many operations take.
func headerParameters() map[string]*parameter {
	return map[string]*parameter{
		"IdempotencyKey": {
			Name: "Idempotency-Key", In: inHeader, Schema: &schema{Type: "string", MaxLength: 128},
			Description: "Makes the request safe to repeat for 24 hours, best a UUID: the same request with the same key is answered " +
				"as it was the first time and changes nothing. Another request with the key is refused.",
		},
		"IfMatch": {
			Name: "If-Match", In: inHeader, Schema: &schema{Type: "string", MaxLength: 102},
			Description: "The etag of the state that is to be changed. If the resource has changed since, the answer is 412.",
		},
		"IfNoneMatch": {
			Name: "If-None-Match", In: inHeader, Schema: &schema{Type: "string", MaxLength: 1000},
			Description: "Etags of states that the caller has. If the resource still has one of them, the answer is 304, without a body.",
		},
		"LastEventID": {
			Name: "Last-Event-ID", In: inHeader, Schema: &schema{Type: "string", MaxLength: 200},
			Description: "With server-sent events, the id of the last event received: the stream resumes after it.",
		},
	}
}

// parameters returns the path parameters, followed by those in the query and in headers.
func (d *description) parameters(o *described, variables []route.Parameter) []*parameter {
	var all []*parameter
	for _, variable := range variables {
		all = append(all, d.pathParameter(o, variable))
	}
	if o.TakesQuery() && !o.isVendor() {
		fields := o.RPC.Input().Fields()
		for i := range fields.Len() {
			if field := fields.Get(i); !o.InPath(field) && string(field.Name()) != o.Body && !pathWithin(o, field) {
				added := d.queryParameters(field, "")
				if o.HTTPMethod == http.MethodPatch && field.Name() == "update_mask" {
					added[0].Description = protoDefault.ReplaceAllString(added[0].Description, "") +
						" Without it, the members of the body are changed, those that are null, false, 0 or empty included."
				}
				all = append(all, added...)
			}
		}
	}
	if o.TakesQuery() && o.isVendor() && o.contract.Framework.QueryObjects {
		all = append(all, d.vendorParameters(o)...)
	}
	if o.changes() {
		all = append(all, &parameter{Ref: "#/components/parameters/IdempotencyKey"})
	}
	if !o.isVendor() && o.EtagPath() != nil {
		all = append(all, &parameter{Ref: "#/components/parameters/IfMatch"})
	}
	if o.tagged() && !o.changes() {
		all = append(all, &parameter{Ref: "#/components/parameters/IfNoneMatch"})
	}
	if !o.isVendor() && o.RPC.IsStreamingServer() && o.RPC.Input().Fields().ByName("after") != nil {
		all = append(all, &parameter{Ref: "#/components/parameters/LastEventID"})
	}
	return all
}

// protoDefault matches what an update mask means over gRPC if it is empty.
var protoDefault = regexp.MustCompile(`(?s)\s*(Default|Empty|Absent or empty): .*$`)

// pathWithin reports whether the path holds a part of a message field, as `{item.name=items/*}` does, or all
// that a field can be, as `{name=billingProfile}` does.
func pathWithin(o *described, field protoreflect.FieldDescriptor) bool {
	return strings.Contains(o.Pattern, "{"+string(field.Name())+".") || strings.Contains(o.Pattern, "{"+string(field.Name())+"=")
}

func (d *description) pathParameter(o *described, variable route.Parameter) *parameter {
	about, shape := d.comment(variable.Field), &schema{Type: "string"}
	if variable.Part {
		about = fmt.Sprintf("The id of the %s.", variable.Name)
	}
	if variable.Field.Kind() == protoreflect.Int32Kind {
		shape = &schema{Type: "integer", Format: "int32"}
	}
	added := &parameter{Name: variable.Name, In: inPath, Required: true, Description: about, Schema: shape}
	for _, shown := range o.examples {
		if value, ok := shown.Path[variable.Name]; ok && shown.succeeds() {
			added.Example = value
			if _, err := strconv.Atoi(value); err == nil && shape.Type == "integer" {
				added.Example = json.RawMessage(value)
			}
			break
		}
	}
	return added
}

// queryParameters returns the parameters of a field: one, or for a message of several fields one for
// each, with dotted names.
func (d *description) queryParameters(field protoreflect.FieldDescriptor, within string) []*parameter {
	name := within + field.JSONName()
	if message := field.Message(); message != nil && !field.IsList() && wellKnown(message) == nil {
		var all []*parameter
		for i := range message.Fields().Len() {
			all = append(all, d.queryParameters(message.Fields().Get(i), name+".")...)
		}
		return all
	}
	shape := d.nativeField(field, true)
	about := shape.Description
	shape.Description = ""
	return []*parameter{{
		Name: name, In: inQuery, Description: about, Schema: shape,
		Required: within == "" && behaves(field, annotations.FieldBehavior_REQUIRED),
	}}
}

// vendorParameters returns the parameters in the query of a vendor's operation, objects as one text.
func (d *description) vendorParameters(o *described) []*parameter {
	var all []*parameter
	fields := o.RPC.Input().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if o.InPath(field) || hidden(field) || string(field.Name()) == o.Body {
			continue
		}
		shape, about := d.vendorValue(field), d.comment(field)
		if message := field.Message(); message != nil {
			var names []string
			for j := range message.Fields().Len() {
				names = append(names, message.Fields().Get(j).JSONName())
			}
			shape = &schema{Type: "string"}
			about += fmt.Sprintf(" One member and its value, such as `%s=...`; the members are %s.", names[0], strings.Join(names, ", "))
		} else {
			bound(shape, field)
		}
		added := &parameter{Name: field.JSONName(), In: inQuery, Required: required(field), Description: about, Schema: shape}
		for _, shown := range o.examples {
			if value, ok := shown.Query[added.Name]; ok && shown.succeeds() && shape.Type == "string" {
				added.Example = value
				break
			}
		}
		all = append(all, added)
	}
	return all
}
