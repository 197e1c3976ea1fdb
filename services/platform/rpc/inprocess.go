package rpc

import (
	"context"
	"sync"
	"time"

	"github.com/fullstorydev/grpchan/inprocgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// inProcess calls the handlers of a server without a network. The interceptors run as for calls from
// outside. The bounds of the wire (sizes of messages, calls on a connection) do not apply, since its
// callers have bounds of their own. Streams and traced calls go through a Channel, which copies messages.
type inProcess struct {
	inprocgrpc.Channel

	// methods are called directly, behind the interceptor unary, unless calls are traced.
	methods map[string]unaryMethod
	unary   grpc.UnaryServerInterceptor
	traced  bool

	draining context.Context
	// open counts calls. mu makes sure that none begins once drain waits for them.
	mu   sync.RWMutex
	open sync.WaitGroup
}

func newInProcess(draining context.Context, calls *calls) *inProcess {
	p := &inProcess{draining: draining, methods: map[string]unaryMethod{}, unary: calls.unary}
	p.WithServerUnaryInterceptor(calls.unary).WithServerStreamInterceptor(calls.stream)
	if handler := telemetry.ServerHandler(); handler != nil {
		p.traced = true
		p.WithServerStatsHandler(handler).WithClientStatsHandler(telemetry.ClientHandler())
	}
	return p
}

// RegisterService registers a service.
func (p *inProcess) RegisterService(description *grpc.ServiceDesc, handlers any) {
	p.Channel.RegisterService(description, handlers)
	for _, method := range description.Methods {
		p.methods["/"+description.ServiceName+"/"+method.MethodName] = unaryMethod{handlers, method.Handler}
	}
}

// begin counts a call, whose end open has to be told, or refuses it because the server stops.
func (p *inProcess) begin() error {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.draining.Err() != nil {
		return Status(errDraining).Err()
	}
	p.open.Add(1)
	return nil
}

// Invoke performs a unary call.
func (p *inProcess) Invoke(ctx context.Context, method string, request, answer any, options ...grpc.CallOption) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.open.Done()
	asked, askedOK := request.(proto.Message)
	if into, ok := answer.(proto.Message); ok && askedOK { // messages that are not generated need a Channel
		sent, _ := metadata.FromOutgoingContext(ctx)
		if result, done, err := p.direct(ctx, Sent{Metadata: sent}, method, asked, options); err != nil {
			return err
		} else if done {
			return handOver(result, into)
		}
	}
	return p.Channel.Invoke(ctx, method, request, answer, options...) //nolint:wrapcheck // a status
}

// Call performs a unary call for a gateway, and returns an answer of a type. What is sent, instead of the
// metadata in the context, and both messages are shared with the handler, so they must not be changed any more.
func (p *inProcess) Call(ctx context.Context, sent Sent, method string, request proto.Message, answer protoreflect.MessageType) (proto.Message, error) {
	if err := p.begin(); err != nil {
		return nil, err
	}
	defer p.open.Done()
	switch result, done, err := p.direct(ctx, sent, method, request, nil); {
	case err != nil:
		return nil, err
	case !done:
	case result.ProtoReflect().Type() != answer:
		return nil, errOtherMessage
	default:
		return result, nil
	}
	into := answer.New().Interface()
	return into, p.Channel.Invoke(metadata.NewOutgoingContext(ctx, sent.All()), method, request, into) //nolint:wrapcheck // a status
}

// NewStream begins a stream. Draining ends it, so that it need not be counted.
func (p *inProcess) NewStream(ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	if p.draining.Err() != nil {
		return nil, Status(errDraining).Err()
	}
	return p.Channel.NewStream(ctx, description, method, options...) //nolint:wrapcheck // a status
}

// drain waits for running calls until a time. The server refuses new ones by then.
func (p *inProcess) drain(deadline time.Time) {
	p.mu.Lock() // those that began have been counted
	ended := make(chan struct{})
	p.mu.Unlock()
	go func() {
		p.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Until(deadline)):
	}
}

// registrars registers services with several servers.
type registrars []grpc.ServiceRegistrar

// RegisterService registers a service with each.
func (r registrars) RegisterService(description *grpc.ServiceDesc, handlers any) {
	for _, registrar := range r {
		registrar.RegisterService(description, handlers)
	}
}
