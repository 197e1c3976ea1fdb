// Package transfer implements continuo.transfer.v1.TransferService, the bulk import and export of a service's resources.
// Package service registers it in every service. The domain provides Books, and its native API Resources.
//
// # Equal state
//
// Importing an export into an empty store results in an equal state: every field of the native API has the same value,
// including the ids of the vendors' systems. The exceptions, which exports omit, are:
//
//   - create_time, update_time and etag, which the import sets anew
//   - secrets: passwords and their hashes, tokens, sessions, webhook endpoints and their signing secrets, idempotency keys
//   - the change feed, to which the import appends its own entries
//
// An import can be repeated. It creates resources that do not exist, leaves identical ones unchanged, and rejects a row
// whose key belongs to a different resource.
package transfer

import (
	"context"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/imports"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// Books imports and exports the resources of a domain; R is any of them.
type Books[R any] interface {
	// Import imports resources for the caller of ctx in one transaction and returns an outcome for
	// each, in order. An error means that nothing of the batch was stored. A rejected resource does
	// not affect the others.
	Import(ctx context.Context, resources []R) ([]imports.Outcome, error)
	// Export sends all resources of a tenant from one snapshot, each after those it refers to.
	Export(ctx context.Context, tenant auth.Tenant, send func(R) error) error
}

// Resources converts a service's resources to and from messages of its native API.
type Resources[R any] struct {
	// Read converts and validates a resource by the rules of its create method. Violations are
	// faults, and a message that is not a resource of the service results in Unknown.
	Read func(message proto.Message) (R, error)
	// Message converts a resource to its message.
	Message func(resource any) (proto.Message, error)
	// Field returns the field that holds a resource in its create request, which may prefix the
	// fields in the domain's faults, or "". It may be nil.
	Field func(resource R) string
}

// Unknown returns the fault for a message that is not a resource of the service.
func Unknown(message proto.Message) error {
	return fault.New(fault.Invalid, reason.UnknownResource, "%s is not a resource of this service", message.ProtoReflect().Descriptor().FullName())
}

// Check validates a create request that holds a resource in field. Fields in faults are relative to
// the resource.
func Check(create proto.Message, field string) error {
	return WithoutField(rpc.Validate(create), field)
}

// WithoutField returns err with the fields in faults relative to the resource rather than to the
// create request that holds it in field.
func WithoutField(err error, field string) error {
	return fault.Rename(err, func(path string) string {
		if path == field+"_id" {
			return "name"
		}
		return strings.TrimPrefix(path, field+".")
	})
}

// ID returns the last part of the name of a resource in a collection such as `recurringLines/`.
// Imported resources must have a name.
func ID(collection, name string) (string, error) {
	id, ok := strings.CutPrefix(name, collection)
	if !ok || id == "" {
		return "", fault.InvalidField("name", reason.InvalidName, "must be a name like %sID, so that the resource keeps its id", collection)
	}
	return id, nil
}

// revision lists the fields that an import sets anew.
var revision = []protoreflect.Name{"create_time", "update_time", "etag"}

// withoutRevision clears them. Resources without an etag are immutable and keep their times.
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
