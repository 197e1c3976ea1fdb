// Package protoname takes the patterns of resource names from the protos that declare the resources:
//
//	var customerName = protoname.Of(&pb.Customer{})
package protoname

import (
	"fmt"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/resourcename"
)

// Of is the pattern of the names of a message's resources, the first one that its google.api.resource option declares.
// It panics on a message without one: which messages are resources is known when the program is written.
func Of(message proto.Message) resourcename.Pattern {
	descriptor := message.ProtoReflect().Descriptor()
	resource, _ := proto.GetExtension(descriptor.Options(), annotations.E_Resource).(*annotations.ResourceDescriptor)
	if len(resource.GetPattern()) == 0 {
		panic(fmt.Sprintf("%s declares no pattern of resource names", descriptor.FullName()))
	}
	return resourcename.MustCompile(resource.GetPattern()[0])
}
