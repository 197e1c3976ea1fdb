package aip

import "google.golang.org/protobuf/reflect/protoreflect"

// EnumNames returns the stored values of an enum by their proto names, for listing.Field.Names.
func EnumNames[S ~string, E protoreflect.Enum](messages map[S]E) map[string]string {
	names := make(map[string]string, len(messages))
	for stored, value := range messages {
		names[string(value.Descriptor().Values().ByNumber(value.Number()).Name())] = string(stored)
	}
	return names
}
