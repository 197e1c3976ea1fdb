package gateway

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// requestBody is a request's body as the mux passes it on, with what has been decided about the request.
type requestBody struct {
	*bytes.Reader
	exchange *exchange
}

// Close does nothing: the server closes the body it made.
func (b *requestBody) Close() error { return nil }

// marshaler is the wire codec as the mux knows it, for one way to write an answer. How a body is read is told by the body.
type marshaler struct {
	format  wire.Format
	charset aspnet.Charset
}

// marshalers are all ways to write an answer of a vendor's.
var marshalers = []marshaler{
	{wire.JSON, aspnet.UTF8}, {wire.JSON, aspnet.UTF16}, {wire.XML, aspnet.UTF8}, {wire.XML, aspnet.UTF16},
}

func marshalerFor(answer aspnet.Body) marshaler { return marshaler{answer.Format, answer.Charset} }

// mediaType is a name between us and the mux; the public one is put on the answer later.
func (m marshaler) mediaType() string {
	return fmt.Sprintf("continuo/format%d-%s", m.format, m.charset)
}

// ContentType is the private media type.
func (m marshaler) ContentType(any) string { return m.mediaType() }

// Marshal writes a message.
func (m marshaler) Marshal(value any) ([]byte, error) {
	message, ok := value.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message", value)
	}
	if message.ProtoReflect().Descriptor().Fields().Len() == 0 {
		return nil, nil // answered with 204 and nothing
	}
	body, err := wire.Append(nil, m.format, message)
	if err != nil {
		return nil, fmt.Errorf("writing a %s: %w", message.ProtoReflect().Descriptor().FullName(), err)
	}
	return encode(body, m.charset), nil
}

func encode(body []byte, charset aspnet.Charset) []byte {
	if charset == aspnet.UTF16 {
		return wire.AppendUTF16LE(nil, body)
	}
	return body
}

// Unmarshal is not called by the mux, which decodes.
func (m marshaler) Unmarshal(data []byte, value any) error {
	return m.NewDecoder(bytes.NewReader(data)).Decode(value)
}

// NewEncoder writes messages to out.
func (m marshaler) NewEncoder(out io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(value any) error {
		body, err := m.Marshal(value)
		if err != nil {
			return err
		}
		_, err = out.Write(body)
		return err
	})
}

// NewDecoder binds a request's body.
func (m marshaler) NewDecoder(from io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(value any) error {
		body, ok := from.(*requestBody)
		if !ok {
			return errors.New("a body that did not come through the gateway's routing")
		}
		message, err := messageOf(value)
		if err != nil {
			return err
		}
		return body.exchange.bind(message)
	})
}

// messageOf is the message to bind to: the mux gives a *Message for `body: "*"` and a **Message for a field.
func messageOf(value any) (proto.Message, error) {
	if message, ok := value.(proto.Message); ok {
		return message, nil
	}
	pointer := reflect.ValueOf(value)
	if pointer.Kind() != reflect.Pointer || pointer.Elem().Kind() != reflect.Pointer {
		return nil, fmt.Errorf("a %T is no message", value)
	}
	if pointer.Elem().IsNil() {
		pointer.Elem().Set(reflect.New(pointer.Type().Elem().Elem()))
	}
	message, ok := pointer.Elem().Interface().(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message", value)
	}
	return message, nil
}

// bind reads the exchange's body into the message, and remembers why it does not bind.
func (x *exchange) bind(into proto.Message) error {
	text, err := wire.ToUTF8(x.body, string(x.sent.Charset))
	if err == nil {
		err = wire.Read(x.sent.Format, text, wire.DefaultLimits, into)
	}
	if err == nil || errors.Is(err, wire.ErrNoModel) && into.ProtoReflect().Descriptor().Fields().Len() == 0 {
		return nil
	}
	x.refused = refusal(err)
	return err
}

func refusal(err error) *failure.Failure {
	if errors.Is(err, wire.ErrNoModel) {
		return failure.NoBody()
	}
	var invalid *wire.ModelError
	if !errors.As(err, &invalid) {
		return failure.Internal()
	}
	fields, missing := make([]failure.Field, len(invalid.Fields)), true
	for i, field := range invalid.Fields {
		fields[i] = failure.Field{Key: field.Key, Messages: field.Messages}
		missing = missing && field.Missing
	}
	return failure.Body(fields, missing)
}
