package wire

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// FieldKey is the vendor's spelling of a proto path: "services.items[2].service_id" is "services[2].service_id", "item_code"
// is "ItemCode". Messages that stand for lists vanish, and so does the
// inside of a google.type.Decimal. What the model does not have stays as it is.
func FieldKey(model protoreflect.MessageDescriptor, protoPath string) string {
	var key strings.Builder
	for protoPath != "" {
		name, rest, _ := strings.Cut(protoPath, ".")
		name, index, indexed := strings.Cut(name, "[")
		var field protoreflect.FieldDescriptor
		if model != nil {
			field = model.Fields().ByName(protoreflect.Name(name))
		}
		if field == nil {
			return join(&key, protoPath)
		}
		if plan, err := planOf(model); err != nil || plan.items == nil {
			join(&key, field.JSONName())
		}
		if indexed {
			key.WriteString("[" + index)
		}
		model = field.Message()
		protoPath = rest
		if model != nil && model.FullName() == decimalName {
			break
		}
	}
	return key.String()
}

// join adds a name to a key and returns the key.
func join(key *strings.Builder, name string) string {
	if key.Len() > 0 {
		key.WriteByte('.')
	}
	key.WriteString(name)
	return key.String()
}
