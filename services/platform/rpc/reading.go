package rpc

import (
	"context"
	"runtime"
	"slices"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// reading registers services so that their messages are read only for calls that were admitted, and
// within the budget of bytes. grpc reads the message of a unary call when its handler decodes it. A call
// reserves the largest message until its own has come, and what that takes in memory until it ends.
type reading struct {
	server *grpc.Server
	calls  *calls
}

// RegisterService registers a service.
func (r reading) RegisterService(description *grpc.ServiceDesc, handlers any) {
	counted := *description
	counted.Methods, counted.Streams = slices.Clone(description.Methods), slices.Clone(description.Streams)
	for i, method := range counted.Methods {
		counted.Methods[i].Handler = r.calls.unaryReading("/"+description.ServiceName+"/"+method.MethodName, method.Handler)
	}
	for i, stream := range counted.Streams {
		counted.Streams[i].Handler = r.calls.streamReading(stream)
	}
	r.server.RegisterService(&counted, handlers)
}

// unaryReading returns a handler that admits a call before it decodes its message.
func (c *calls) unaryReading(method string, handle grpc.MethodHandler) grpc.MethodHandler {
	return func(server any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
		return c.answered(ctx, method, func(ctx context.Context) (any, error) {
			memory := c.memory(ctx, method)
			defer memory.Release()
			counted := func(message any) error {
				defer func() { memory.Shrink(memory.Held() - maxMessage) }() // leaves what the message takes
				return receive(memory, message, decode)
			}
			runtime.Gosched() // mostly the message is there then, and takes no time to come
			if err := memory.Grow(maxMessage); err != nil {
				return nil, err
			}
			return handle(server, ctx, counted, c.checked)
		})
	}
}

// streamReading returns a handler of a stream that counts its messages. A stream of messages reserves the
// largest one until it ends, since the next may come at any time.
func (c *calls) streamReading(stream grpc.StreamDesc) grpc.StreamHandler {
	return func(server any, caller grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(caller)
		memory := c.memory(caller.Context(), method)
		defer memory.Release()
		if err := memory.Grow(maxMessage); err != nil {
			return err
		}
		return stream.Handler(server, &countedStream{ServerStream: caller, memory: memory, validate: validate, many: stream.ClientStreams})
	}
}

// countedStream reserves memory for each message until the next one.
type countedStream struct {
	grpc.ServerStream
	memory   *admission.Body
	validate func(any) error
	many     bool
}

func (s *countedStream) RecvMsg(message any) error {
	s.memory.Shrink(maxMessage)
	if err := receive(s.memory, message, s.ServerStream.RecvMsg); err != nil {
		return err
	}
	if !s.many {
		s.memory.Shrink(s.memory.Held() - maxMessage)
	}
	return validate(message)
}

// memory returns the reservation of a call of the caller in the context. Health checks have a budget of
// their own.
func (c *calls) memory(ctx context.Context, method string) *admission.Body {
	by := admission.Caller{Source: source.From(ctx)}
	if strings.HasPrefix(method, healthMethods) {
		return c.control.ProbeBody(by)
	}
	if principal, err := auth.From(ctx); err == nil {
		by.Tenant, by.Key = string(principal.Tenant), principal.Key
	}
	return c.control.Body(by)
}

// incoming is a message that is received within a budget of bytes.
type incoming struct {
	message any
	memory  *admission.Body
	// refused is why the message was not unmarshalled.
	refused error
}

// receive decodes a message and reserves what it takes. Where a caller ends its stream within the message, grpc has answered INTERNAL already, before
// it returns the error here, and has no setting for that: the fault is for the log and the counters.
func receive(memory *admission.Body, message any, decode func(any) error) error {
	counted := &incoming{message: message, memory: memory}
	switch err := decode(counted); {
	case status.Code(err) == codes.Internal:
		return fault.Wrap(err, fault.Invalid, reason.InvalidValue, "the message did not come as a whole")
	case err != nil:
		return err
	default:
		return counted.refused
	}
}

// reserve reserves the memory of a message before it is unmarshalled.
func (i *incoming) reserve(data mem.BufferSlice) error {
	message, ok := i.message.(proto.Message)
	if !ok {
		return i.memory.Grow(int64(data.Len()))
	}
	return i.memory.Grow(sizeInMemory(data, message.ProtoReflect().Descriptor()))
}
