package gateway

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"sync"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"github.com/grpc-ecosystem/grpc-gateway/v2/utilities"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
	"github.com/continuo-billing/continuo/services/platform/rpc"
)

// contractCall is an operation of a contract, ready to call its service. Those of the native API are called
// by generated handlers, which know more of HTTP than a contract needs and cost several times as much.
type contractCall struct {
	*route.Route
	conn grpc.ClientConnInterface
	// method is the gRPC method `/package.Service/Method`, request and answer are its messages.
	method          string
	request, answer protoreflect.MessageType
	// body and answered are the indexes of the fields that hold the bodies in the generated structs of request
	// and answer, or whole for the messages themselves.
	body, answered int
	// indexes are those of the fields in the generated struct of the request.
	indexes map[protoreflect.FieldNumber]int
	// bound are the fields that the query cannot set.
	bound *utilities.DoubleArray
}

// whole stands for a message itself in place of the index of a field.
const whole = -1

// newContractCall prepares an operation.
func newContractCall(operation *route.Route, conn grpc.ClientConnInterface) (*contractCall, error) {
	rpc := operation.RPC
	if rpc.IsStreamingClient() || rpc.IsStreamingServer() {
		return nil, fmt.Errorf("%s is a stream, which a contract cannot have", rpc.FullName())
	}
	c := &contractCall{Route: operation, conn: conn, method: fmt.Sprintf("/%s/%s", rpc.Parent().FullName(), rpc.Name())}
	var err error
	if c.request, err = protoregistry.GlobalTypes.FindMessageByName(rpc.Input().FullName()); err != nil {
		return nil, fmt.Errorf("finding the request of %s: %w", rpc.FullName(), err)
	}
	if c.answer, err = protoregistry.GlobalTypes.FindMessageByName(rpc.Output().FullName()); err != nil {
		return nil, fmt.Errorf("finding the answer of %s: %w", rpc.FullName(), err)
	}
	if c.indexes, err = wire.Fields(rpc.Input()); err != nil {
		return nil, fmt.Errorf("finding the fields of %s: %w", rpc.Input().FullName(), err)
	}
	if c.body, err = indexOf(rpc.Input(), operation.Body); err != nil {
		return nil, err
	}
	if c.answered, err = indexOf(rpc.Output(), operation.ResponseBody); err != nil {
		return nil, err
	}
	var bound [][]string
	for i := range operation.Literals() {
		field := operation.Variable(i)
		if field == nil {
			continue
		}
		if field.Parent() != rpc.Input() || field.HasPresence() || field.Kind() != protoreflect.StringKind && field.Kind() != protoreflect.Int32Kind {
			return nil, fmt.Errorf("%s cannot be bound to the path of a contract", field.FullName())
		}
		bound = append(bound, []string{string(field.Name())})
	}
	if c.body != whole {
		bound = append(bound, []string{operation.Body})
	}
	c.bound = utilities.NewDoubleArray(bound)
	return c, nil
}

// indexOf returns the index of the field of a body in the generated struct of a message, or whole for "", "*" and
// no field.
func indexOf(message protoreflect.MessageDescriptor, body string) (int, error) {
	field := message.Fields().ByName(protoreflect.Name(body))
	if field == nil {
		return whole, nil
	}
	indexes, err := wire.Fields(message)
	if err != nil {
		return whole, fmt.Errorf("finding the fields of %s: %w", message.FullName(), err)
	}
	return indexes[field.Number()], nil
}

// serveContract finds the operation of a contract and carries it out.
func (s *site) serveContract(w http.ResponseWriter, r *http.Request) {
	v := stateOf(r.Context())
	if v.node == nil || len(v.node.calls) == 0 || s.contract.Name == "" {
		s.fail(w, r, failure.NoRoute(requestURI(v.asked)))
		return
	}
	call, offered := v.node.calls[r.Method]
	switch {
	case offered:
	case v.node.isBeside():
		s.fail(w, r, failure.NoRoute(requestURI(v.asked)))
		return
	default:
		s.noMethod(w, r, slices.Sorted(maps.Keys(v.node.calls)))
		return
	}
	s.admitted(w, r, call.Route, func(ctx context.Context, sent *inbound) { s.call(ctx, w, r, call, sent) })
}

// isBeside reports whether the vendor has no operation at a path.
func (n *node) isBeside() bool {
	for _, call := range n.calls {
		if !call.Beside {
			return false
		}
	}
	return true
}

// call binds a request, calls the service and writes its answer.
func (s *site) call(ctx context.Context, w http.ResponseWriter, r *http.Request, c *contractCall, sent *inbound) {
	request := c.request.New().Interface()
	if c.Body != "" {
		into := request
		if c.body != whole {
			field := reflect.ValueOf(request).Elem().Field(c.body)
			field.Set(reflect.New(field.Type().Elem()))
			into = field.Interface().(proto.Message) //nolint:forcetypeassert // a body is a message
		}
		if err := sent.Read(sent.text, into); err != nil {
			s.refuse(ctx, w, r, s.contract.Framework.BindFailure(c.Route, err), err)
			return
		}
	}
	v := stateOf(ctx)
	var answer proto.Message
	err := c.bind(request, v.parts, sent.query)
	if err == nil {
		answer, err = c.invoke(ctx, sentWith(v, r.Header), request)
	}
	if err == nil {
		err = c.write(w, answer, sent)
	}
	if err != nil {
		s.failedCall(ctx, w, r, err)
	}
}

// caller is a connection to a service in this process, which takes what is sent and gives the answer as they
// are. Other connections copy them.
type caller interface {
	Call(ctx context.Context, sent rpc.Sent, method string, request proto.Message, answer protoreflect.MessageType) (proto.Message, error)
}

// invoke calls the service. The answer must not be changed.
func (c *contractCall) invoke(ctx context.Context, sent rpc.Sent, request proto.Message) (proto.Message, error) {
	if here, ok := c.conn.(caller); ok {
		return here.Call(ctx, sent, c.method, request, c.answer) //nolint:wrapcheck // a status
	}
	answer := c.answer.New().Interface()
	return answer, c.conn.Invoke(metadata.NewOutgoingContext(ctx, sent.All()), c.method, request, answer) //nolint:wrapcheck // a status
}

// bind sets the fields of a request that come from the path and the query.
func (c *contractCall) bind(request proto.Message, parts []string, query string) error {
	values := reflect.ValueOf(request).Elem()
	for i, part := range parts {
		switch field := c.Variable(i); {
		case field == nil:
		case field.Kind() == protoreflect.StringKind:
			values.Field(c.indexes[field.Number()]).SetString(part)
		default:
			number, err := strconv.ParseInt(part, 10, 32)
			if err != nil {
				return status.Errorf(codes.InvalidArgument, "%s in the path: %v", field.Name(), err)
			}
			values.Field(c.indexes[field.Number()]).SetInt(number)
		}
	}
	if query == "" {
		return nil
	}
	parameters, err := url.ParseQuery(query)
	if err == nil {
		err = runtime.PopulateQueryParameters(request, parameters, c.bound)
	}
	if err != nil {
		return status.Errorf(codes.InvalidArgument, "the query: %v", err)
	}
	return nil
}

// answers holds buffers for answers.
var answers = sync.Pool{New: func() any { return &[]byte{} }}

// maxKeptAnswer is the size of the largest buffer that is used again.
const maxKeptAnswer = 64 << 10

// write writes an answer. One without fields has no body.
func (c *contractCall) write(w http.ResponseWriter, answer proto.Message, sent *inbound) error {
	if c.answer.Descriptor().Fields().Len() == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if c.answered != whole {
		answer = reflect.ValueOf(answer).Elem().Field(c.answered).Interface().(proto.Message) //nolint:forcetypeassert // a body is a message
	}
	buffer := answers.Get().(*[]byte)
	text, err := sent.answer.Append((*buffer)[:0], answer)
	if err != nil {
		return err //nolint:wrapcheck // it names the message
	}
	header := w.Header()
	sent.headers = [...]string{sent.answer.ContentType(), strconv.Itoa(len(text))}
	header["Content-Type"], header["Content-Length"] = sent.headers[:1:1], sent.headers[1:]
	_, err = w.Write(text) //nolint:gosec // escaped by its format
	if err == nil && cap(text) <= maxKeptAnswer {
		*buffer = text
		answers.Put(buffer)
	}
	return nil //nolint:nilerr // the caller has left, and HTTP/2 may still be sending what it was to get
}
