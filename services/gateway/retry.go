package gateway

import (
	"context"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// retryWaits are the pauses before a call is sent again.
var retryWaits = []time.Duration{0, 10 * time.Millisecond, 50 * time.Millisecond}

// retry is an interceptor that sends a call again, usually to another replica, if that cannot do
// anything twice. gRPC itself does so for calls that a stopping replica did not take up. Its retry
// policy goes by codes alone, and UNAVAILABLE does not say whether the change was made.
func retry(ctx context.Context, method string, request, answer any, transport *grpc.ClientConn, call grpc.UnaryInvoker, options ...grpc.CallOption) error {
	err := call(ctx, method, request, answer, transport, options...)
	for _, wait := range retryWaits {
		if err == nil || !mayRetry(ctx, method, request, err) {
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		err = call(ctx, method, request, answer, transport, options...)
	}
	return err
}

// mayRetry reports whether another replica may succeed and nothing can be done twice: a replica
// outside of its range of schemas does nothing, and when a connection is lost, the call may have been
// carried out.
func mayRetry(ctx context.Context, method string, request any, err error) bool {
	answered := status.Convert(err)
	if answered.Code() != codes.Unavailable {
		return false
	}
	for _, detail := range answered.Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info.GetReason() == string(reason.SchemaVersion)
		}
	}
	return onlyReads(method) || hasIdempotencyKey(ctx, request)
}

// onlyReads reports whether a method `/package.Service/Method` changes nothing.
func onlyReads(method string) bool {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	found, _ := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	descriptor, ok := found.(protoreflect.MethodDescriptor)
	return ok && rpc.ScopeOf(descriptor) == auth.Read
}

// hasIdempotencyKey reports whether a call has a key in its metadata or its field request_id.
func hasIdempotencyKey(ctx context.Context, request any) bool {
	sent, _ := metadata.FromOutgoingContext(ctx)
	if len(sent.Get(idempotencyKey)) > 0 {
		return true
	}
	message, ok := request.(proto.Message)
	if !ok {
		return false
	}
	field := message.ProtoReflect().Descriptor().Fields().ByName("request_id")
	return field != nil && message.ProtoReflect().Has(field)
}
