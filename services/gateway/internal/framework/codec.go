package framework

import (
	"errors"
	"fmt"
	"io"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Codec is the wire codec as the mux knows it, for one way to write a body down. It reads bodies that are UTF-8 already.
type Codec struct{ Body }

// Marshalers are the codecs that write each body by its content type, and read its format by its media type.
func Marshalers(bodies ...Body) map[string]runtime.Marshaler {
	marshalers := map[string]runtime.Marshaler{}
	for _, body := range bodies {
		marshalers[body.ContentType()] = Codec{body}
		marshalers[body.MediaType] = Codec{body}
	}
	return marshalers
}

// ContentType is the public one.
func (c Codec) ContentType(any) string { return c.Body.ContentType() }

// Marshal writes a message. One without fields has no text: it is answered with 204 and nothing.
func (c Codec) Marshal(value any) ([]byte, error) {
	message, ok := value.(proto.Message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message", value)
	}
	if message.ProtoReflect().Descriptor().Fields().Len() == 0 {
		return nil, nil
	}
	text, err := wire.Append(nil, c.Format, message)
	if err != nil {
		return nil, fmt.Errorf("writing a %s: %w", message.ProtoReflect().Descriptor().FullName(), err)
	}
	return c.Encode(text), nil
}

// Unmarshal is not called by the mux, which decodes.
func (c Codec) Unmarshal(data []byte, value any) error {
	return c.NewDecoder(NewSent(data)).Decode(value)
}

// NewEncoder writes messages to out.
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

// NewDecoder binds a request's body. A message without fields needs none.
func (c Codec) NewDecoder(from io.Reader) runtime.Decoder {
	return Decoder(from, func(text []byte, into proto.Message) error {
		err := wire.Read(c.Format, text, wire.DefaultLimits, into)
		if errors.Is(err, wire.ErrNoModel) && into.ProtoReflect().Descriptor().Fields().Len() == 0 {
			return nil
		}
		return err
	})
}
