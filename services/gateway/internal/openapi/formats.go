package openapi

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// decode reads JSON, with numbers as they are written.
func decode(text []byte) (any, error) {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("decoding JSON: %w", err)
	}
	return value, nil
}

// formOf adds the keys and values of a form that says the same as a JSON value.
func formOf(fields map[string]string, key string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for name, member := range value {
			formOf(fields, formKey(key, name), member)
		}
	case []any:
		for i, item := range value {
			formOf(fields, formKey(key, strconv.Itoa(i)), item)
		}
	default:
		fields[key] = textOf(value)
	}
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// xmlOf returns the XML of a vendor's message that says the same as a JSON value, in the order that
// its serializer reads.
func xmlOf(message protoreflect.MessageDescriptor, value any) string {
	var out strings.Builder
	name := xmlName(message)
	out.WriteString("<" + name)
	if space := fileWire(message).GetXmlNamespace(); space != "" {
		out.WriteString(` xmlns="` + space + `"`)
	}
	out.WriteString(">")
	writeXML(&out, message, value, "\n  ")
	out.WriteString("\n</" + name + ">")
	return out.String()
}

func writeXML(out *strings.Builder, message protoreflect.MessageDescriptor, value any, indent string) {
	members, _ := value.(map[string]any)
	for _, field := range xmlOrder(message) {
		member, given := members[field.JSONName()]
		if !given || hidden(field) {
			continue
		}
		name := memberXMLName(field)
		out.WriteString(indent + "<" + name + ">")
		if items := listItems(field); items != nil {
			list, _ := member.([]any)
			for _, item := range list {
				element := "string"
				if isVendor(items) {
					element = xmlName(items.Message())
				}
				out.WriteString(indent + "  <" + element + ">")
				writeValue(out, items, item, indent+"  ")
				out.WriteString("</" + element + ">")
			}
			out.WriteString(indent)
		} else {
			writeValue(out, field, member, indent)
		}
		out.WriteString("</" + name + ">")
	}
}

func writeValue(out *strings.Builder, field protoreflect.FieldDescriptor, value any, indent string) {
	if isVendor(field) {
		writeXML(out, field.Message(), value, indent+"  ")
		out.WriteString(indent)
		return
	}
	_ = xml.EscapeText(out, []byte(textOf(value))) // a strings.Builder does not fail
}

// xmlOrder returns the fields of a message in the order of their elements: DataContractSerializer
// reads them by name.
func xmlOrder(message protoreflect.MessageDescriptor) []protoreflect.FieldDescriptor {
	var fields []protoreflect.FieldDescriptor
	for i := range message.Fields().Len() {
		fields = append(fields, message.Fields().Get(i))
	}
	if fileWire(message).GetFramework() == optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT {
		slices.SortFunc(fields, func(a, b protoreflect.FieldDescriptor) int {
			return strings.Compare(memberXMLName(a), memberXMLName(b))
		})
	}
	return fields
}
