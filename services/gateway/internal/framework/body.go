package framework

import (
	"bytes"
	"fmt"
	"io"
	"reflect"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Charset is a text encoding.
type Charset string

// The supported charsets.
const (
	UTF8  Charset = "utf-8"
	UTF16 Charset = "utf-16" // little-endian
)

// Body describes the representation of a message body.
type Body struct {
	// Format is the codec's format.
	Format wire.Format
	// MediaType is the type and subtype, without parameters.
	MediaType string
	// Charset is the encoding; "" leaves the bytes unchanged.
	Charset Charset
}

// jsonType is the most frequent Content-Type.
const jsonType = "application/json; charset=utf-8"

// ContentType returns the value of the Content-Type header.
func (b Body) ContentType() string {
	switch {
	case b.Charset == "":
		return b.MediaType
	case b.Charset == UTF8 && b.MediaType == jsonType[:len("application/json")]:
		return jsonType
	}
	return b.MediaType + "; charset=" + string(b.Charset)
}

// Encode converts UTF-8 text to the body's charset.
func (b Body) Encode(text []byte) []byte {
	if b.Charset == UTF16 {
		return wire.AppendUTF16LE(nil, text)
	}
	return text
}

// Decode converts text in the body's charset to UTF-8.
func (b Body) Decode(text []byte) ([]byte, error) {
	if b.Charset == "" {
		return text, nil
	}
	return wire.ToUTF8(text, string(b.Charset))
}

// RequestBody is a request body in memory, as UTF-8. It keeps the binding error, of which the generated
// handlers keep only the text.
type RequestBody struct {
	*bytes.Reader
	text []byte
	// BindError is the error of binding the body, or nil.
	BindError error
}

// NewRequestBody returns a body with a text.
func NewRequestBody(text []byte) *RequestBody {
	return &RequestBody{Reader: bytes.NewReader(text), text: text}
}

// Close does nothing; the server closes the original body.
func (*RequestBody) Close() error { return nil }

// Decoder returns a decoder that binds a body of type *RequestBody to a message with bind.
func Decoder(from io.Reader, bind func(text []byte, into proto.Message) error) runtime.Decoder {
	return runtime.DecoderFunc(func(value any) error {
		sent, ok := from.(*RequestBody)
		if !ok {
			return fmt.Errorf("a %T is not a request body of the gateway", from)
		}
		message, err := messageOf(value)
		if err != nil {
			return err
		}
		sent.BindError = bind(sent.text, message)
		return sent.BindError
	})
}

// messageOf returns the message to bind to. The mux passes a *Message for `body: "*"` and a
// **Message for a field.
func messageOf(value any) (proto.Message, error) {
	if message, ok := value.(proto.Message); ok {
		return message, nil
	}
	pointer := reflect.ValueOf(value)
	if pointer.Kind() != reflect.Pointer || pointer.Elem().Kind() != reflect.Pointer {
		return nil, fmt.Errorf("a %T is not a message", value)
	}
	if pointer.Elem().IsNil() {
		pointer.Elem().Set(reflect.New(pointer.Type().Elem().Elem()))
	}
	message, ok := pointer.Elem().Interface().(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is not a message", value)
	}
	return message, nil
}
