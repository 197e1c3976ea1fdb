package rpc

import (
	"context"
	"errors"
	"reflect"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// unaryMethod is a method of a registered service with its handlers.
type unaryMethod struct {
	handlers any
	handle   grpc.MethodHandler
}

// direct performs a unary call in the goroutine of the caller, which saves the goroutine, the channel and
// the copies of messages of a Channel. done is false for what only a Channel can do: traced calls, and other
// options than those for headers and trailers. The handler may keep the answer, so it must not be changed.
func (p *inProcess) direct(ctx context.Context, sent Sent, path string, asked proto.Message, options []grpc.CallOption) (answer proto.Message, done bool, err error) {
	method, known := p.methods[path]
	if !known || p.traced || !areSimple(options) {
		return nil, false, nil
	}
	stream := &directStream{withoutValues: withoutValues{ctx}, method: path, sent: sent}
	ctx = grpc.NewContextWithServerTransportStream(stream, stream)
	if len(sent.Metadata) > 0 {
		ctx = metadata.NewIncomingContext(ctx, sent.Metadata)
	}
	decode := func(into any) error { return handOver(asked, into) }
	result, err := method.handle(method.handlers, ctx, decode, p.unary)
	stream.answer(options)
	if err != nil {
		return nil, true, err
	}
	return result.(proto.Message), true, nil //nolint:forcetypeassert // what handlers of protos return
}

// areSimple reports whether a direct call can satisfy options.
func areSimple(options []grpc.CallOption) bool {
	for _, option := range options {
		switch option.(type) {
		case grpc.HeaderCallOption, grpc.TrailerCallOption, grpc.StaticMethodCallOption:
		default:
			return false
		}
	}
	return true
}

// handOver fills a message with the fields of another one. The two share what is in the fields, so
// neither side may change a message that it sent or keeps.
func handOver(from proto.Message, into any) error {
	to, ok := into.(proto.Message)
	if !ok || reflect.TypeOf(from) != reflect.TypeOf(into) {
		return errOtherMessage
	}
	source, target := from.ProtoReflect(), to.ProtoReflect()
	if isOpen(reflect.TypeOf(from).Elem()) {
		shareFields(reflect.ValueOf(from).Elem(), reflect.ValueOf(into).Elem())
	} else { // of a module generated with other tools
		source.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
			target.Set(field, value)
			return true
		})
	}
	if unknown := source.GetUnknown(); len(unknown) > 0 {
		target.SetUnknown(unknown)
	}
	return nil
}

// shareFields copies the fields of an open struct, which takes a fraction of the time that the fields of a
// message do.
func shareFields(source, target reflect.Value) {
	for i := range source.NumField() {
		if field := target.Field(i); field.CanSet() { // what is not exported belongs to the library
			field.Set(source.Field(i))
		}
	}
}

// isOpen reports whether all fields of a message are exported fields of its struct.
func isOpen(message reflect.Type) bool {
	return message.NumField() > 0 && message.Field(0).Tag == `protogen:"open.v1"`
}

// errOtherMessage says that a caller was generated from other protos than the handler, or not at all.
var errOtherMessage = errors.New("the message is of another type than the handler's")

// inThisProcess is the peer of calls in the process. It has no address.
var inThisProcess = &peer.Peer{Addr: noAddress{}}

type noAddress struct{}

// Network implements net.Addr.
func (noAddress) Network() string { return "in process" }

// String implements net.Addr.
func (noAddress) String() string { return "" }

// fromThisProcess has the peer of all calls in this process.
var fromThisProcess = peer.NewContext(context.Background(), inThisProcess)

// withoutValues is the context that a handler gets: it ends with that of the caller, but has none of its
// values.
type withoutValues struct{ context.Context }

// Value returns the peer.
func (withoutValues) Value(key any) any { return fromThisProcess.Value(key) }

// AfterFunc lets contexts that are made from this one end with it without a goroutine of their own.
func (c withoutValues) AfterFunc(do func()) (stop func() bool) {
	return context.AfterFunc(c.Context, do)
}

// directStream has what the caller sent, and collects the headers and trailers of a handler. It is also the
// context below that of the handler.
type directStream struct {
	withoutValues

	method string
	sent   Sent

	mu              sync.Mutex
	header, trailer metadata.MD
}

// Method implements grpc.ServerTransportStream.
func (s *directStream) Method() string { return s.method }

// SetHeader implements grpc.ServerTransportStream.
func (s *directStream) SetHeader(header metadata.MD) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.header = joined(s.header, header)
	return nil
}

// SendHeader implements grpc.ServerTransportStream. Headers arrive with the answer.
func (s *directStream) SendHeader(header metadata.MD) error { return s.SetHeader(header) }

// SetTrailer implements grpc.ServerTransportStream.
func (s *directStream) SetTrailer(trailer metadata.MD) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trailer = joined(s.trailer, trailer)
	return nil
}

func joined(before, more metadata.MD) metadata.MD {
	if len(before) == 0 {
		return more
	}
	return metadata.Join(before, more)
}

// answer gives the caller the headers and trailers that it asks for.
func (s *directStream) answer(options []grpc.CallOption) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, option := range options {
		switch option := option.(type) {
		case grpc.HeaderCallOption:
			*option.HeaderAddr = s.header
		case grpc.TrailerCallOption:
			*option.TrailerAddr = s.trailer
		}
	}
}
