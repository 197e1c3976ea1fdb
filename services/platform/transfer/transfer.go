// Package transfer is continuo.transfer.v1.TransferService, the bulk import and export of a service's resources, which package
// service registers in every service. A domain has Books, its native API the
// Resources in them.
//
// # Equal state
//
// What is exported imports into an empty store to an equal state: every field of the native API has the same value, the
// ids of the vendors' systems included. Aside are the history of a resource in short, which begins anew with the import
// (create_time, update_time, etag: an export leaves them out), and secrets, which no export holds: passwords and their
// hashes, tokens, sessions, webhook endpoints and their signing secrets, idempotency keys. The change feed is no resource:
// an import writes entries of its own.
//
// An import creates what is not there and leaves alone what is, so it can be repeated: a row is unchanged where what it
// says is there already, and refused where something else is.
package transfer

import (
	"context"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// Books is what a domain imports and exports; R is any of its resources, as the domain knows them.
type Books[R any] interface {
	// Import imports resources for the caller that ctx carries, in one transaction: an outcome each, in their order. An
	// error means that nothing of the batch was kept. A resource that is refused does not hold back the others.
	Import(ctx context.Context, resources []R) ([]imports.Outcome, error)
	// Export sends all resources of a tenant, each after those it refers to, all of one snapshot.
	Export(ctx context.Context, tenant auth.Tenant, send func(R) error) error
}

// Resources are a service's resources as messages of its native API.
type Resources[R any] struct {
	// Read reads a resource, by the rules of its create method. What breaks them is a fault, and what is no resource of the
	// service is Unknown.
	Read func(message proto.Message) (R, error)
	// Message renders a resource.
	Message func(resource any) (proto.Message, error)
	// Field is the field that holds a resource in the request that would create it, by which the domain may name fields at
	// fault; "" where it never does. It may be nil.
	Field func(resource R) string
}

// Unknown is the fault of a message that is no resource of the service.
func Unknown(message proto.Message) error {
	return fault.New(fault.Invalid, reason.UnknownResource, "%s is no resource of this service", message.ProtoReflect().Descriptor().FullName())
}

// Check checks a resource in the request that would create it, by the rules of that request: the field is the one that
// holds the resource, and is left out of the names of the fields at fault.
func Check(create proto.Message, field string) error {
	return WithoutField(rpc.Validate(protovalidate.GlobalValidator, create), field)
}

// WithoutField is err with the fields of a resource named as they stand in the resource, not in the request that holds it
// in a field.
func WithoutField(err error, field string) error {
	known, ok := fault.As(err)
	if !ok || len(known.Violations) == 0 {
		return err
	}
	renamed := make([]fault.Violation, len(known.Violations))
	for i, v := range known.Violations {
		if v.Field == field+"_id" {
			v.Field = "name"
		}
		v.Field = strings.TrimPrefix(v.Field, field+".")
		renamed[i] = v
	}
	return fault.Fields(renamed)
}

// ID is the last part of the name of a resource of a collection, such as `recurringLines/`. An imported resource must
// have one.
func ID(collection, name string) (string, error) {
	id, ok := strings.CutPrefix(name, collection)
	if !ok || id == "" {
		return "", fault.InvalidField("name", reason.InvalidName, "must be a name like %sID, so that the resource keeps its id", collection)
	}
	return id, nil
}

// revision are the fields of a resource that begin anew where it is imported.
var revision = []protoreflect.Name{"create_time", "update_time", "etag"}

// withoutRevision clears them. What has no etag never changes, and keeps when it was made.
func withoutRevision(resource proto.Message) {
	message := resource.ProtoReflect()
	fields := message.Descriptor().Fields()
	if fields.ByName("etag") == nil {
		return
	}
	for _, name := range revision {
		if field := fields.ByName(name); field != nil {
			message.Clear(field)
		}
	}
}
