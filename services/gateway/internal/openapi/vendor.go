package openapi

import (
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

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

// hidden reports whether a field never appears on the wire.
func hidden(field protoreflect.FieldDescriptor) bool {
	return fieldWire(field).GetProjection() || fieldWire(field).GetNullMask()
}

// required reports whether the vendor's page, or its model, requires a field.
func required(field protoreflect.FieldDescriptor) bool {
	return fieldWire(field).GetRequired() || behaves(field, annotations.FieldBehavior_REQUIRED)
}

// xmlName returns the name of the XML element of a message.
func xmlName(message protoreflect.MessageDescriptor) string {
	if name := messageWire(message).GetXmlName(); name != "" {
		return name
	}
	return string(message.Name())
}

// memberXMLName returns the name of the XML element of a field.
func memberXMLName(field protoreflect.FieldDescriptor) string {
	if name := fieldWire(field).GetXmlName(); name != "" {
		return name
	}
	return field.JSONName()
}

// isVendor reports whether a field holds a vendor's message.
func isVendor(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && fileWire(field.Message()).GetContract() != ""
}

// listItems returns the field of the items if a field is a list, also one in a message of its own.
func listItems(field protoreflect.FieldDescriptor) protoreflect.FieldDescriptor {
	switch {
	case field.IsList():
		return field
	case isVendor(field) && messageWire(field.Message()).GetList():
		return field.Message().Fields().Get(0)
	default:
		return nil
	}
}

// vendorMessage returns a reference to the schema of a vendor's message, which it adds if needed.
func (d *description) vendorMessage(message protoreflect.MessageDescriptor) *schema {
	name := string(message.FullName())
	if d.document.Components.Schemas[name] != nil {
		return reference(name)
	}
	added := &schema{}
	d.document.Components.Schemas[name] = added // messages may refer to each other
	if messageWire(message).GetList() {
		*added = schema{Type: "array", Items: d.vendorValue(message.Fields().Get(0))}
	} else {
		*added = *d.vendorObject(message)
	}
	added.Description = d.comment(message)
	if file := fileWire(message); file.GetFramework() != optionsv1.Framework_FRAMEWORK_STRICT_JSON {
		added.XML = &xmlShape{Name: xmlName(message), Namespace: file.GetXmlNamespace(), Wrapped: messageWire(message).GetList()}
	}
	return reference(name)
}

func (d *description) vendorObject(message protoreflect.MessageDescriptor) *schema {
	object := &schema{Type: "object"}
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if hidden(field) {
			continue
		}
		object.Properties = append(object.Properties, property{field.JSONName(), d.vendorProperty(field)})
		if required(field) {
			object.Required = append(object.Required, field.JSONName())
		}
	}
	return object
}

// vendorProperty returns the schema of a field on the wire.
func (d *description) vendorProperty(field protoreflect.FieldDescriptor) *schema {
	var shape *schema
	if items := listItems(field); items != nil {
		shape = &schema{Type: "array", Items: d.vendorValue(items), XML: &xmlShape{Wrapped: !field.IsList()}}
	} else {
		shape = d.vendorValue(field)
	}
	shape.Description = d.comment(field)
	if name := fieldWire(field).GetXmlName(); name != "" {
		if shape.XML == nil {
			shape.XML = &xmlShape{}
		}
		shape.XML.Name = name
	}
	if shape.Type == "string" && shape.Format == "" {
		shape.MaxLength = uint64(max(fieldWire(field).GetMaxLength(), fieldWire(field).GetMaxSize(), 0)) //nolint:gosec // not negative
		bound(shape, field)
		// Blank texts are refused in the vendor's own words.
		shape.MinLength = uint64(max(fieldWire(field).GetMinSize(), 0)) //nolint:gosec // not negative
		shape.Pattern = textPattern(field)
	}
	if nullable(field) {
		return orNull(shape)
	}
	return shape
}

// textPattern returns the pattern of a text, which an empty text need not match, or an empty one.
func textPattern(field protoreflect.FieldDescriptor) string {
	pattern := fieldWire(field).GetPattern()
	if pattern == "" || required(field) {
		return pattern
	}
	return "^$|" + pattern
}

// nullable reports whether a member can be null: in answers where there is nothing, in requests like an
// absent member or to clear it. Texts, messages and lists are always references; numbers, bools and
// GUIDs only if the vendor's type is nullable. What is required is never null.
func nullable(field protoreflect.FieldDescriptor) bool {
	wire := fieldWire(field)
	if required(field) || field.IsList() || !field.HasPresence() {
		return false
	}
	strict := fileWire(field.ContainingMessage()).GetFramework() == optionsv1.Framework_FRAMEWORK_STRICT_JSON
	text := field.Kind() == protoreflect.StringKind && wire.GetFormat() == optionsv1.Format_FORMAT_UNSPECIFIED
	return strict || wire.GetNullable() || text || isVendor(field)
}

// vendorValue returns the schema of a field's value, or of an item of a list.
func (d *description) vendorValue(field protoreflect.FieldDescriptor) *schema {
	switch fieldWire(field).GetFormat() {
	case optionsv1.Format_FORMAT_DECIMAL, optionsv1.Format_FORMAT_NUMBER:
		return &schema{Type: "number"}
	case optionsv1.Format_FORMAT_GUID:
		return &schema{Type: "string", Format: "uuid"}
	}
	switch field.Kind() {
	case protoreflect.MessageKind:
		if isVendor(field) {
			return d.vendorMessage(field.Message())
		}
		return &schema{Type: "number"} // google.type.Decimal
	case protoreflect.BoolKind:
		return &schema{Type: "boolean"}
	case protoreflect.Int32Kind, protoreflect.EnumKind: // whose name XML has
		return &schema{Type: "integer", Format: "int32"}
	case protoreflect.Int64Kind:
		return &schema{Type: "integer", Format: "int64"}
	default:
		return &schema{Type: "string"}
	}
}

func isForm(mediaType string) bool { return mediaType == "application/x-www-form-urlencoded" }

func isXML(mediaType string) bool { return strings.HasSuffix(mediaType, "/xml") }

// form returns the schema of a form: one text for each value, whose name is its path in the model,
// such as `recurrence[services][0][service_id]`. Further items of a list have further numbers.
func (d *description) form(model protoreflect.MessageDescriptor) *schema {
	name := string(model.FullName()) + "Form"
	if d.document.Components.Schemas[name] == nil {
		added := &schema{Type: "object", Description: "The same as JSON, one key for each value. Further items of a list are [1], [2] and so on."}
		d.formFields(added, model, "")
		added.AdditionalProperties = &schema{Type: "string"}
		d.document.Components.Schemas[name] = added
	}
	return reference(name)
}

func (d *description) formFields(added *schema, message protoreflect.MessageDescriptor, within string) {
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if hidden(field) {
			continue
		}
		key, value := formKey(within, field.JSONName()), field
		if items := listItems(field); items != nil {
			key, value = formKey(key, "0"), items
		}
		if isVendor(value) {
			d.formFields(added, value.Message(), key)
			continue
		}
		added.Properties = append(added.Properties, property{key, &schema{Type: "string", Description: d.comment(field)}})
		if within == "" && required(field) {
			added.Required = append(added.Required, key)
		}
	}
}

func formKey(within, name string) string {
	if within == "" {
		return name
	}
	return within + "[" + name + "]"
}
