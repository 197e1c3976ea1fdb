package openapi

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

const definitions = "#/definitions/"

func reference(name string) *object { return newObject("$ref", definitions+name) }

// schemaOf is the schema of a body: ours where a vendor's message is described, the generated one otherwise.
func (d *description) schemaOf(message protoreflect.MessageDescriptor, generated *object) *object {
	if isVendor(message) {
		return d.vendorMessage(message)
	}
	d.keep(generated)
	return generated
}

// keep takes the generated schemas that a value refers to into the document.
func (d *description) keep(value any) {
	switch value := value.(type) {
	case *object:
		if name, ok := strings.CutPrefix(value.text("$ref"), definitions); ok {
			if _, has := d.schemas.values[name]; !has {
				d.schemas.set(name, d.definition(name))
				d.keep(d.schemas.object(name))
			}
		}
		for _, name := range value.names {
			d.keep(value.values[name])
		}
	case list:
		for _, item := range value {
			d.keep(item)
		}
	}
}

// definition is a generated schema, empty where there is none.
func (d *description) definition(name string) *object {
	for _, source := range d.sources {
		if definitions := source.object("definitions"); definitions.values[name] != nil {
			return definitions.object(name)
		}
	}
	return newObject()
}

// errorSchema is how an operation tells a failure.
func (d *description) errorSchema(offered operation) *object {
	if message := offered.contract.Docs.Error; message != nil {
		return d.vendorMessage(message(offered.Answer()))
	}
	schema := offered.contract.Framework.Error
	parsed, err := parse([]byte(schema.JSON))
	if err != nil {
		panic(fmt.Sprintf("the schema of %s: %v", schema.Name, err))
	}
	d.schemas.set(schema.Name, parsed)
	return reference(schema.Name)
}

func isVendor(message protoreflect.MessageDescriptor) bool {
	if message == nil {
		return false
	}
	options, _ := proto.GetExtension(message.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	return options.GetFramework() != optionsv1.Framework_FRAMEWORK_UNSPECIFIED
}

func messageWire(message protoreflect.MessageDescriptor) *optionsv1.MessageWire {
	options, _ := proto.GetExtension(message.Options(), optionsv1.E_MessageWire).(*optionsv1.MessageWire)
	return options
}

func fieldWire(field protoreflect.FieldDescriptor) *optionsv1.FieldWire {
	options, _ := proto.GetExtension(field.Options(), optionsv1.E_FieldWire).(*optionsv1.FieldWire)
	return options
}

// xmlType is the XML name of a message.
func xmlType(message protoreflect.MessageDescriptor) string {
	if name := messageWire(message).GetXmlName(); name != "" {
		return name
	}
	return string(message.Name())
}

// vendorMessage refers to the schema of a vendor's message, which it adds where it is new.
func (d *description) vendorMessage(message protoreflect.MessageDescriptor) *object {
	name := string(message.FullName())
	if _, has := d.schemas.values[name]; has {
		return reference(name)
	}
	d.schemas.set(name, newObject()) // messages may refer to each other
	generated := d.definition(name)
	root := newObject("name", xmlType(message))
	file, _ := proto.GetExtension(message.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	if namespace := file.GetXmlNamespace(); namespace != "" {
		root.set("namespace", namespace)
	}
	var schema *object
	if messageWire(message).GetList() {
		schema = d.array(message.Fields().Get(0))
		root.set("wrapped", true)
	} else {
		schema = d.members(message, generated)
	}
	describe(schema, generated)
	if file.GetFramework() != optionsv1.Framework_FRAMEWORK_STRICT_JSON {
		schema.set("xml", root)
	}
	d.schemas.set(name, schema)
	return reference(name)
}

// describe gives a schema the description of the generated one.
func describe(schema, generated *object) {
	if about := generated.text("description"); about != "" {
		schema.set("description", about)
	}
}

func (d *description) members(message protoreflect.MessageDescriptor, generated *object) *object {
	properties, required := newObject(), list{}
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		options := fieldWire(field)
		if options.GetProjection() || options.GetNullMask() {
			continue
		}
		property := d.property(field)
		describe(property, generated.object("properties").object(field.JSONName()))
		properties.set(field.JSONName(), property)
		if options.GetRequired() {
			required = append(required, field.JSONName())
		}
	}
	schema := newObject("type", "object", "properties", properties)
	if len(required) > 0 {
		schema.set("required", required)
	}
	return schema
}

// property is the schema of a field as it stands on the wire.
func (d *description) property(field protoreflect.FieldDescriptor) *object {
	options := fieldWire(field)
	var property *object
	switch {
	case field.IsList():
		property = d.array(field)
	case field.Message() != nil && messageWire(field.Message()).GetList():
		property = d.array(field.Message().Fields().Get(0))
		property.set("xml", newObject("wrapped", true))
	case field.Message() != nil && isVendor(field.Message()):
		property = newObject("allOf", list{d.vendorMessage(field.Message())})
	default:
		property = scalar(field)
	}
	if name := options.GetXmlName(); name != "" {
		xml := property.object("xml")
		xml.set("name", name)
		property.set("xml", xml)
	}
	if options.GetMaxLength() > 0 {
		property.set("maxLength", options.GetMaxLength())
	}
	if options.GetNullable() {
		property.set("x-nullable", true)
	}
	return property
}

// array is the schema of a repeated field: its items.
func (d *description) array(field protoreflect.FieldDescriptor) *object {
	if field.Message() != nil && isVendor(field.Message()) {
		return newObject("type", "array", "items", d.vendorMessage(field.Message()))
	}
	return newObject("type", "array", "items", scalar(field))
}

func scalar(field protoreflect.FieldDescriptor) *object {
	switch fieldWire(field).GetFormat() {
	case optionsv1.Format_FORMAT_DECIMAL, optionsv1.Format_FORMAT_NUMBER:
		return newObject("type", "number")
	case optionsv1.Format_FORMAT_GUID:
		return newObject("type", "string", "format", "uuid")
	case optionsv1.Format_FORMAT_DATE_TIME:
		return newObject("type", "string", "format", "date-time")
	}
	switch field.Kind() {
	case protoreflect.BoolKind:
		return newObject("type", "boolean")
	case protoreflect.StringKind, protoreflect.BytesKind, protoreflect.EnumKind:
		return newObject("type", "string")
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Sfixed32Kind:
		return newObject("type", "integer", "format", "int32")
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return newObject("type", "integer", "format", "int64")
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return newObject("type", "number")
	default:
		return newObject("type", "object")
	}
}
