package openapi

import (
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// wellKnown returns the schema of a message with a JSON form of its own, or nil.
func wellKnown(message protoreflect.MessageDescriptor) *schema {
	switch message.FullName() {
	case "google.protobuf.Timestamp":
		return &schema{Type: "string", Format: "date-time"}
	case "google.protobuf.Duration":
		return &schema{Type: "string", Pattern: `^-?[0-9]+([.][0-9]+)?s$`}
	case "google.protobuf.FieldMask":
		return &schema{Type: "string"}
	case "google.protobuf.Struct":
		return &schema{Type: "object", AdditionalProperties: true}
	case "google.protobuf.Value":
		return &schema{}
	case "google.protobuf.Any":
		return &schema{
			Type: "object", Required: []string{"@type"}, AdditionalProperties: true,
			Properties: properties{{"@type", &schema{Type: "string", Description: "The full name of the message after the last slash."}}},
		}
	}
	return nil
}

// behaves reports whether a field has a google.api.field_behavior.
func behaves(field protoreflect.FieldDescriptor, as annotations.FieldBehavior) bool {
	behaviors, _ := proto.GetExtension(field.Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
	return slices.Contains(behaviors, as)
}

// nativeMessage returns a reference to the schema of a native message, which it adds if needed. sent
// means that a request can hold it.
func (d *description) nativeMessage(message protoreflect.MessageDescriptor, sent bool) *schema {
	if own := wellKnown(message); own != nil {
		return own
	}
	name := string(message.FullName())
	if d.native[name] != nil && (d.sent[name] || !sent) {
		return reference(name)
	}
	d.native[name] = message
	d.sent[name] = d.sent[name] || sent
	d.document.Components.Schemas[name] = d.nativeObject(message, sent, func(protoreflect.FieldDescriptor) bool { return true })
	return reference(name)
}

// nativeObject returns the schema of a message with the fields that are chosen.
func (d *description) nativeObject(message protoreflect.MessageDescriptor, sent bool, chosen func(protoreflect.FieldDescriptor) bool) *schema {
	object := &schema{Type: "object", Description: d.comment(message)}
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if !chosen(field) {
			continue
		}
		object.Properties = append(object.Properties, property{field.JSONName(), d.nativeField(field, sent)})
		if behaves(field, annotations.FieldBehavior_REQUIRED) {
			object.Required = append(object.Required, field.JSONName())
		}
	}
	return object
}

// answerOnly marks what answers always hold as required, in messages that no request holds: a field
// without presence is written even if it is zero, empty or false.
func (d *description) answerOnly() {
	for name, message := range d.native {
		object, _ := d.document.Components.Schemas[name].(*schema)
		for i := range message.Fields().Len() {
			field := message.Fields().Get(i)
			if !d.sent[name] && !field.HasPresence() && !slices.Contains(object.Required, field.JSONName()) {
				object.Required = append(object.Required, field.JSONName())
			}
		}
	}
}

// remaining returns the schema of a body that holds the fields of a request that its path does not.
func (d *description) remaining(o *described, request protoreflect.MessageDescriptor) *schema {
	name := string(request.FullName())
	body := d.nativeObject(request, true, func(field protoreflect.FieldDescriptor) bool { return !o.InPath(field) })
	for i, member := range body.Properties {
		if field := request.Fields().ByJSONName(member.name); partial(field) {
			part := d.part(field.Message())
			part.Description = member.Description
			body.Properties[i].schema = part
		}
	}
	d.document.Components.Schemas[name] = body
	return reference(name)
}

// partial reports whether a field holds only what a request changes of a resource, as a mask beside it
// says.
func partial(field protoreflect.FieldDescriptor) bool {
	mask := field.ContainingMessage().Fields().ByName("update_mask")
	if mask == nil || mask == field || field.Message() == nil || field.IsList() {
		return false
	}
	return proto.HasExtension(field.Message().Options(), annotations.E_Resource)
}

// part returns the schema of a resource of which any member may be left out.
func (d *description) part(message protoreflect.MessageDescriptor) *schema {
	d.nativeMessage(message, true)
	name := string(message.FullName()) + "Part"
	if d.document.Components.Schemas[name] == nil {
		body := d.nativeObject(message, true, func(field protoreflect.FieldDescriptor) bool {
			return !behaves(field, annotations.FieldBehavior_OUTPUT_ONLY)
		})
		body.Required, body.Description = nil, "What to change: the members that are present."
		d.document.Components.Schemas[name] = body
	}
	return reference(name)
}

// patch returns the schema of the body of an update: members that are present are changed, and null
// clears.
func (d *description) patch(message protoreflect.MessageDescriptor) *schema {
	d.nativeMessage(message, true)
	name := string(message.FullName()) + "Patch"
	if d.document.Components.Schemas[name] != nil {
		return reference(name)
	}
	body := d.nativeObject(message, true, func(field protoreflect.FieldDescriptor) bool {
		return !behaves(field, annotations.FieldBehavior_OUTPUT_ONLY)
	})
	body.Required = nil
	body.Description = "What to change: the members that are present. null clears a member."
	for i, member := range body.Properties {
		body.Properties[i].schema = orNull(member.schema)
	}
	d.document.Components.Schemas[name] = body
	return reference(name)
}

// nativeField returns the schema of a field as protojson writes it, with its comment and bounds.
func (d *description) nativeField(field protoreflect.FieldDescriptor, sent bool) *schema {
	var shape *schema
	switch {
	case field.IsMap():
		shape = &schema{Type: "object", AdditionalProperties: d.nativeValue(field.MapValue(), sent)}
	case field.IsList():
		shape = &schema{Type: "array", Items: d.nativeValue(field, sent)}
	default:
		shape = d.nativeValue(field, sent)
	}
	shape.Description = d.comment(field)
	shape.ReadOnly = behaves(field, annotations.FieldBehavior_OUTPUT_ONLY)
	shape.WriteOnly = behaves(field, annotations.FieldBehavior_INPUT_ONLY)
	bound(shape, field)
	return shape
}

func (d *description) nativeValue(field protoreflect.FieldDescriptor, sent bool) *schema {
	switch field.Kind() {
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return d.nativeMessage(field.Message(), sent && !behaves(field, annotations.FieldBehavior_OUTPUT_ONLY))
	case protoreflect.EnumKind:
		return d.enum(field.Enum())
	case protoreflect.BoolKind:
		return &schema{Type: "boolean"}
	case protoreflect.StringKind:
		return &schema{Type: "string"}
	case protoreflect.BytesKind:
		return &schema{Type: "string", ContentEncoding: "base64"}
	case protoreflect.Int64Kind, protoreflect.Sint64Kind, protoreflect.Sfixed64Kind:
		return &schema{Type: "string", Format: "int64"}
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return &schema{Type: "string", Format: "uint64"}
	case protoreflect.DoubleKind, protoreflect.FloatKind:
		return &schema{Type: "number"}
	default:
		return &schema{Type: "integer", Format: "int32"}
	}
}

// enum returns a reference to the schema of an enum, which it adds if needed, with the comments on
// its values.
func (d *description) enum(of protoreflect.EnumDescriptor) *schema {
	name := string(of.FullName())
	if d.document.Components.Schemas[name] == nil {
		listed := &schema{Type: "string", Description: d.comment(of) + "\n"}
		for i := range of.Values().Len() {
			value := of.Values().Get(i)
			listed.Enum = append(listed.Enum, string(value.Name()))
			if comment := d.comment(value); comment != "" {
				listed.Description += "\n- `" + string(value.Name()) + "`: " + comment
			}
		}
		d.document.Components.Schemas[name] = listed
	}
	return reference(name)
}
