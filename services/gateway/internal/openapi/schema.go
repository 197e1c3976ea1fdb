package openapi

import (
	"encoding/json"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

func reference(name string) *openapi3.SchemaRef {
	return openapi3.NewSchemaRef("#/components/schemas/"+name, nil)
}

// errorSchema returns the schema of an operation's errors.
func (d *description) errorSchema(o operation) *openapi3.SchemaRef {
	if message := o.contract.Docs.Error; message != nil {
		return d.vendorMessage(o.source, message(o.Answer()))
	}
	own := o.contract.Framework.Error
	var schema openapi3.Schema
	if err := json.Unmarshal([]byte(own.JSON), &schema); err != nil {
		panic(fmt.Sprintf("the schema of %s: %v", own.Name, err)) // own.JSON is a constant
	}
	d.document.Components.Schemas[own.Name] = schema.NewRef()
	return reference(own.Name)
}

func fileWire(message protoreflect.MessageDescriptor) *optionsv1.FileWire {
	options, _ := proto.GetExtension(message.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	return options
}

func messageWire(message protoreflect.MessageDescriptor) *optionsv1.MessageWire {
	options, _ := proto.GetExtension(message.Options(), optionsv1.E_MessageWire).(*optionsv1.MessageWire)
	return options
}

func fieldWire(field protoreflect.FieldDescriptor) *optionsv1.FieldWire {
	options, _ := proto.GetExtension(field.Options(), optionsv1.E_FieldWire).(*optionsv1.FieldWire)
	return options
}

// vendorMessage returns a reference to the schema of a vendor's message. It adds the schema if
// needed, with the generated descriptions.
func (d *description) vendorMessage(from *source, message protoreflect.MessageDescriptor) *openapi3.SchemaRef {
	name := string(message.FullName())
	if d.document.Components.Schemas[name] != nil {
		return reference(name)
	}
	d.document.Components.Schemas[name] = &openapi3.SchemaRef{} // placeholder: messages may refer to each other
	file, generated := fileWire(message), from.schema(name)
	root := &openapi3.XML{Name: messageWire(message).GetXmlName(), Namespace: file.GetXmlNamespace()}
	if root.Name == "" {
		root.Name = string(message.Name())
	}
	var schema *openapi3.Schema
	if messageWire(message).GetList() {
		schema = d.array(from, message.Fields().Get(0))
		root.Wrapped = true
	} else {
		schema = d.members(from, message, generated)
	}
	schema.Description = generated.Description
	if file.GetFramework() != optionsv1.Framework_FRAMEWORK_STRICT_JSON {
		schema.XML = root
	}
	d.document.Components.Schemas[name] = schema.NewRef()
	return reference(name)
}

func (d *description) members(from *source, message protoreflect.MessageDescriptor, generated *openapi3.Schema) *openapi3.Schema {
	schema := openapi3.NewObjectSchema()
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		options := fieldWire(field)
		if options.GetProjection() || options.GetNullMask() {
			continue
		}
		property := d.property(from, field)
		if about := generated.Properties[field.JSONName()]; about != nil && about.Value != nil {
			property.Description = about.Value.Description
		}
		schema.WithProperty(field.JSONName(), property)
		if options.GetRequired() {
			schema.Required = append(schema.Required, field.JSONName())
		}
	}
	return schema
}

// property returns the schema of a field in wire format.
func (d *description) property(from *source, field protoreflect.FieldDescriptor) *openapi3.Schema {
	options := fieldWire(field)
	var property *openapi3.Schema
	switch {
	case field.IsList():
		property = d.array(from, field)
	case field.Message() != nil && messageWire(field.Message()).GetList():
		property = d.array(from, field.Message().Fields().Get(0))
		property.XML = &openapi3.XML{Wrapped: true}
	case isVendor(field):
		property = &openapi3.Schema{AllOf: openapi3.SchemaRefs{d.vendorMessage(from, field.Message())}}
	default:
		property = scalar(field)
	}
	if name := options.GetXmlName(); name != "" {
		if property.XML == nil {
			property.XML = &openapi3.XML{}
		}
		property.XML.Name = name
	}
	if options.GetMaxLength() > 0 {
		property.WithMaxLength(int64(options.GetMaxLength()))
	}
	property.Nullable = options.GetNullable()
	return property
}

// array returns the schema of a repeated field.
func (d *description) array(from *source, field protoreflect.FieldDescriptor) *openapi3.Schema {
	array := openapi3.NewArraySchema()
	if isVendor(field) {
		array.Items = d.vendorMessage(from, field.Message())
	} else {
		array.Items = scalar(field).NewRef()
	}
	return array
}

// isVendor reports whether a field holds a vendor's message.
func isVendor(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && fileWire(field.Message()).GetContract() != ""
}

func scalar(field protoreflect.FieldDescriptor) *openapi3.Schema {
	switch fieldWire(field).GetFormat() {
	case optionsv1.Format_FORMAT_DECIMAL, optionsv1.Format_FORMAT_NUMBER:
		return openapi3.NewFloat64Schema().WithFormat("")
	case optionsv1.Format_FORMAT_GUID:
		return openapi3.NewUUIDSchema()
	case optionsv1.Format_FORMAT_DATE_TIME:
		return openapi3.NewDateTimeSchema()
	}
	switch field.Kind() {
	case protoreflect.BoolKind:
		return openapi3.NewBoolSchema()
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.EnumKind:
		return openapi3.NewStringSchema()
	case protoreflect.Int32Kind:
		return openapi3.NewInt32Schema()
	case protoreflect.Int64Kind:
		return openapi3.NewInt64Schema()
	default:
		return openapi3.NewObjectSchema()
	}
}
