package gateway

import (
	"bytes"
	"errors"
	"io"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/continuo-billing/continuo/services/gateway/internal/native"
)

// nativeJSON is protojson as the mux knows it. Why a body cannot be read is told in the API's own words.
type nativeJSON struct{ runtime.JSONPb }

// nativeMarshaler writes lowerCamelCase names, zeros and empty lists included, so that a reader sees every field that has no
// presence; an unset message or optional field is absent.
func nativeMarshaler() runtime.Marshaler {
	return &nativeJSON{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}}
}

// NewDecoder binds a request's body; an empty one is the end of what there is to read.
func (n *nativeJSON) NewDecoder(from io.Reader) runtime.Decoder {
	return runtime.DecoderFunc(func(value any) error {
		sent, ok := from.(*requestBody)
		if !ok {
			return errors.New("a body that did not come through the gateway's routing")
		}
		x := sent.exchange
		if len(bytes.TrimSpace(x.body)) == 0 {
			return io.EOF
		}
		message, err := messageOf(value)
		if err != nil {
			return err
		}
		if err := native.Unmarshal(x.body, message); err != nil {
			in := x.route.Body
			if in == "*" {
				in = ""
			}
			x.refused = native.Refusal(x.body, message, in)
			return err
		}
		return nil
	})
}
