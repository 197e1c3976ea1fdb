package fieldmask_test

import (
	"testing"

	_ "google.golang.org/genproto/googleapis/api/annotations" // registers field_behavior
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	_ "google.golang.org/protobuf/types/known/wrapperspb" // registers StringValue
)

// workOrderFile declares a resource with fields of all types.
const workOrderFile = `
name: "work_order.proto" package: "test" syntax: "proto3"
dependency: "google/api/field_behavior.proto" dependency: "google/protobuf/wrappers.proto"
message_type {
  name: "WorkOrder"
  field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL options { [google.api.field_behavior]: IDENTIFIER } }
  field { name: "customer" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL options { [google.api.field_behavior]: IMMUTABLE } }
  field { name: "title" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL options { [google.api.field_behavior]: REQUIRED } }
  field { name: "urgent" number: 4 type: TYPE_BOOL label: LABEL_OPTIONAL }
  field { name: "billable" number: 5 type: TYPE_BOOL label: LABEL_OPTIONAL proto3_optional: true oneof_index: 1 }
  field { name: "address" number: 6 type: TYPE_MESSAGE type_name: ".test.Address" label: LABEL_OPTIONAL }
  field { name: "tags" number: 7 type: TYPE_STRING label: LABEL_REPEATED }
  field { name: "visits" number: 8 type: TYPE_MESSAGE type_name: ".test.Address" label: LABEL_REPEATED }
  field { name: "nickname" number: 9 type: TYPE_MESSAGE type_name: ".google.protobuf.StringValue" label: LABEL_OPTIONAL }
  field { name: "percent" number: 10 type: TYPE_INT64 label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "amount" number: 11 type: TYPE_STRING label: LABEL_OPTIONAL oneof_index: 0 }
  field { name: "create_time" number: 12 type: TYPE_INT64 label: LABEL_OPTIONAL options { [google.api.field_behavior]: OUTPUT_ONLY } }
  field { name: "etag" number: 13 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "labels" number: 14 type: TYPE_MESSAGE type_name: ".test.WorkOrder.LabelsEntry" label: LABEL_REPEATED }
  nested_type {
    name: "LabelsEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  }
  oneof_decl { name: "discount" }
  oneof_decl { name: "_billable" }
}
message_type {
  name: "Address"
  field { name: "street" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "city" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL }
  field { name: "geocode" number: 3 type: TYPE_STRING label: LABEL_OPTIONAL options { [google.api.field_behavior]: OUTPUT_ONLY } }
  field { name: "country" number: 4 type: TYPE_STRING label: LABEL_OPTIONAL options { [google.api.field_behavior]: IMMUTABLE } }
}`

// changeable lists the fields of a work order that an update can change.
var changeable = []string{"title", "urgent", "billable", "address", "tags", "visits", "nickname", "percent", "amount", "labels"}

var workOrder = describe()

func describe() protoreflect.MessageDescriptor {
	var file descriptorpb.FileDescriptorProto
	if err := prototext.Unmarshal([]byte(workOrderFile), &file); err != nil {
		panic(err)
	}
	built, err := protodesc.NewFile(&file, protoregistry.GlobalFiles)
	if err != nil {
		panic(err)
	}
	return built.Messages().ByName("WorkOrder")
}

// order parses a work order.
func order(t *testing.T, text string) *dynamicpb.Message {
	t.Helper()
	message := dynamicpb.NewMessage(workOrder)
	if err := prototext.Unmarshal([]byte(text), message); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return message
}
