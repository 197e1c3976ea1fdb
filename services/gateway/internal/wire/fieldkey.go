package wire

import (
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// FieldKey converts a proto path to the vendor's spelling: "services.items[2].service_id" becomes
// "services[2].service_id", and "item_code" becomes "ItemCode". Wrapper messages of lists and the
// inside of google.type.Decimal are omitted. Unknown fields stay unchanged.
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

// join appends a name to a key and returns the key.
func join(key *strings.Builder, name string) string {
	if key.Len() > 0 {
		key.WriteByte('.')
	}
	key.WriteString(name)
	return key.String()
}
