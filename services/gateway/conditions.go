package gateway

import (
	"context"
	"errors"
	"net/http"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/etag"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// Conditional requests of the native API (RFC 9110, 13). An answer that is a resource has its etag as
// the header ETag. If-Match becomes the etag of the request message, so that the service compares it
// in the transaction. If-None-Match turns an unchanged answer to GET into 304.

// errNotModified makes the mux answer 304.
var errNotModified = errors.New("the resource has not changed")

// conditions reads If-Match and If-None-Match. RFC 9110 forbids to carry out a request whose condition
// is false, so an operation that cannot check one refuses it.
func (v *requestState) conditions(operation *route.Route, header http.Header) *failure.Failure {
	if lines := header.Values(ifMatch); len(lines) > 0 {
		switch tags, ok := etag.Parse(lines); {
		case operation.EtagPath() == nil:
			return failure.Malformed(ifMatch, failure.InvalidParameter, "This method does not compare etags; leave the header out.")
		case !ok || len(tags.List) > 1:
			return failure.Malformed(ifMatch, failure.InvalidParameter, `The header must be one etag in quotation marks, like "2a", or *.`)
		case len(tags.List) == 1 && tags.List[0].Weak:
			v.required = "W/" + tags.List[0].Text // which no resource has, as If-Match compares strongly
		case !tags.Any: // what is to be changed must exist anyway
			v.required = tags.List[0].Text
		}
	}
	if lines := header.Values(ifNoneMatch); len(lines) > 0 {
		var ok bool
		if v.unless, ok = etag.Parse(lines); !ok {
			return failure.Malformed(ifNoneMatch, failure.InvalidParameter, `The header must list etags in quotation marks, like "2a", or be *.`)
		}
		if operation.HTTPMethod != http.MethodGet {
			return failure.Malformed(ifNoneMatch, failure.InvalidParameter, "This method does not compare etags; the header belongs to GET.")
		}
	}
	return nil
}

// conditional is a connection whose calls carry the etag of If-Match.
type conditional struct{ grpc.ClientConnInterface }

// Invoke puts the etag into the request message and calls the method.
func (c conditional) Invoke(ctx context.Context, method string, request, answer any, options ...grpc.CallOption) error {
	if v, ok := ctx.Value(stateKey{}).(*requestState); ok && v.required != "" {
		if message, ok := request.(proto.Message); ok {
			if err := require(message.ProtoReflect(), v.operation.EtagPath(), v.required); err != nil {
				return err
			}
		}
	}
	return c.ClientConnInterface.Invoke(ctx, method, request, answer, options...) //nolint:wrapcheck // a status
}

// require sets the etag at a path. A message with another etag is refused.
func require(message protoreflect.Message, path []protoreflect.FieldDescriptor, required string) error {
	name := ""
	for _, field := range path[:len(path)-1] {
		message, name = message.Mutable(field).Message(), name+string(field.Name())+"."
	}
	last := path[len(path)-1]
	if given := message.Get(last).String(); given != "" && given != required {
		return contradiction(name + string(last.Name()))
	}
	message.Set(last, protoreflect.ValueOfString(required))
	return nil
}

func contradiction(field string) error {
	const text = "differs from the If-Match header"
	refused, err := status.New(codes.InvalidArgument, field+": "+text).WithDetails(
		&errdetails.ErrorInfo{Reason: string(reason.Ambiguous), Domain: fault.Domain},
		&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
			{Field: field, Description: text, Reason: string(reason.Ambiguous)},
		}})
	if err != nil {
		return status.Error(codes.InvalidArgument, field+": "+text)
	}
	return refused.Err()
}

// tagged sets the ETag of an answer that is a resource. It is an option of the mux.
func (s *site) tagged(ctx context.Context, w http.ResponseWriter, answer proto.Message) error {
	v := stateOf(ctx)
	if answer == nil || v.operation.RPC.IsStreamingServer() {
		return nil
	}
	field := route.Etag(answer.ProtoReflect().Descriptor())
	if field == nil {
		return nil
	}
	own := answer.ProtoReflect().Get(field).String()
	if own == "" {
		return nil
	}
	w.Header().Set("ETag", own)
	if v.unless.Matches(own) {
		return errNotModified
	}
	return nil
}

// notModified answers 304, which has no body.
func notModified(w http.ResponseWriter) {
	w.Header().Del("Content-Type")
	w.WriteHeader(http.StatusNotModified)
}

// etagMismatch makes a mismatch a 412 if the caller sent If-Match. With the etag in the body it
// stays a 409.
func (v *requestState) etagMismatch(failed *failure.Failure) {
	if v.required != "" && failed.Cause == string(reason.EtagMismatch) {
		failed.Status = http.StatusPreconditionFailed
	}
}
