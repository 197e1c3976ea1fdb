package route

import (
	"net/http"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Etag returns the field of a message that holds its etag, or nil.
func Etag(message protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	return message.Fields().ByName("etag")
}

// EtagPath returns the fields that lead to the etag that a call requires: that of the request, or that
// of the resource in an update. It returns nil if the method compares none.
func (r *Route) EtagPath() []protoreflect.FieldDescriptor {
	if own := Etag(r.RPC.Input()); own != nil {
		return []protoreflect.FieldDescriptor{own}
	}
	if r.HTTPMethod != http.MethodPatch || r.Body == "" || r.Body == "*" {
		return nil
	}
	resource := r.RPC.Input().Fields().ByName(protoreflect.Name(r.Body))
	if own := Etag(resource.Message()); own != nil {
		return []protoreflect.FieldDescriptor{resource, own}
	}
	return nil
}
