// Package protoname reads the patterns of resource names from the protos that declare the
// resources:
//
//	var customerName = protoname.Of(&pb.Customer{})
package protoname

import (
	"fmt"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// Of returns the first pattern in the google.api.resource option of a message. It panics if there
// is none, which is a programming error.
func Of(message proto.Message) resourcename.Pattern {
	descriptor := message.ProtoReflect().Descriptor()
	resource, _ := proto.GetExtension(descriptor.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	if len(resource.GetPattern()) == 0 {
		panic(fmt.Sprintf("%s declares no pattern of resource names", descriptor.FullName()))
	}
	return resourcename.MustCompile(resource.GetPattern()[0])
}
