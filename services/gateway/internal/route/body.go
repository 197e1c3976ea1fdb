package route

import (
	"slices"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
)

// BodyOptional reports whether a request may have no body: if its message has no fields, or is one of a
// strict JSON contract of which no field is required.
func BodyOptional(message protoreflect.MessageDescriptor) bool {
	if message.Fields().Len() == 0 {
		return true
	}
	file, _ := proto.GetExtension(message.ParentFile().Options(), optionsv1.E_FileWire).(*optionsv1.FileWire)
	return file.GetFramework() == optionsv1.Framework_FRAMEWORK_STRICT_JSON && !requires(message)
}

// requires reports whether a field of a message is required.
func requires(message protoreflect.MessageDescriptor) bool {
	for i := range message.Fields().Len() {
		behaviors, _ := proto.GetExtension(message.Fields().Get(i).Options(), annotations.E_FieldBehavior).([]annotations.FieldBehavior)
		if slices.Contains(behaviors, annotations.FieldBehavior_REQUIRED) {
			return true
		}
	}
	return false
}
