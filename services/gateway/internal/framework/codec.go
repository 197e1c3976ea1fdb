package framework

import (
	"errors"
	"fmt"
	"io"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// usualAnswer is the size in bytes that most answers have room in.
const usualAnswer = 1 << 10

// Codec is a marshaler for the mux that uses package wire for one body representation. It reads
// bodies that have been converted to UTF-8.
type Codec struct{ Body }

// Marshalers returns codecs for the bodies: by content type for writing, and by media type for
// reading.
func Marshalers(bodies ...Body) map[string]runtime.Marshaler {
	marshalers := map[string]runtime.Marshaler{}
	for _, body := range bodies {
		marshalers[body.ContentType()] = Codec{body}
		marshalers[body.MediaType] = Codec{body}
	}
	return marshalers
}

// ContentType returns the content type of the body.
func (c Codec) ContentType(any) string { return c.Body.ContentType() }

// Marshal encodes a message. A message without fields has an empty body, for a 204 response.
func (c Codec) Marshal(value any) ([]byte, error) {
	message, ok := value.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is not a message", value)
	}
	if message.ProtoReflect().Descriptor().Fields().Len() == 0 {
		return nil, nil
	}
	text, err := wire.Append(make([]byte, 0, usualAnswer), c.Format, message)
	if err != nil {
		return nil, fmt.Errorf("encoding a %s: %w", message.ProtoReflect().Descriptor().FullName(), err)
	}
	return c.Encode(text), nil
}

// Unmarshal implements runtime.Marshaler. The mux uses NewDecoder instead.
func (c Codec) Unmarshal(data []byte, value any) error {
	return c.NewDecoder(NewRequestBody(data)).Decode(value)
}

// NewEncoder returns an encoder that writes messages to out.
func (c Codec) NewEncoder(out io.Writer) runtime.Encoder {
	return runtime.EncoderFunc(func(value any) error {
		text, err := c.Marshal(value)
		if err != nil {
			return err
		}
		_, err = out.Write(text)
		return err
	})
}

// NewDecoder returns a decoder for a request body. The body may be empty if the message has no
// fields.
func (c Codec) NewDecoder(from io.Reader) runtime.Decoder {
	return Decoder(from, func(text []byte, into proto.Message) error {
		err := wire.Read(c.Format, text, wire.DefaultLimits, into)
		if errors.Is(err, wire.ErrNoModel) && into.ProtoReflect().Descriptor().Fields().Len() == 0 {
			return nil
		}
		return err
	})
}
