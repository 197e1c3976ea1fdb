package native

import (
	"bytes"
	"io"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// protoJSON is a protojson marshaler for the mux.
type protoJSON struct{ runtime.JSONPb }

// marshaler writes lowerCamelCase names. Fields without presence are always written, including
// zeros and empty lists; unset messages and optional fields are omitted.
func marshaler() runtime.Marshaler {
	return &protoJSON{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}}
}

// NewDecoder returns a decoder for a request body. It rejects unknown fields; an empty body is an
// empty message.
func (*protoJSON) NewDecoder(from io.Reader) runtime.Decoder {
	return framework.Decoder(from, func(text []byte, into proto.Message) error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		return protojson.Unmarshal(text, into)
	})
}

// unbound returns the failure for a body, with protojson's message, which names the field and the
// position.
func unbound(asked *route.Route, err error) *failure.Failure {
	in := asked.Body
	if in == "*" {
		in = ""
	}
	bad := findings{}
	bad.refuse(in, failure.InvalidParameter, strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: "))
	return bad.failure()
}

// documentType selects the marshaler for documents. Each document has its own media type.
const documentType = "application/octet-stream"

// documents writes the bytes of documents unchanged, and failures in native JSON. The chunks of a
// stream form one document.
type documents struct{ runtime.HTTPBodyMarshaler }

// Delimiter returns nothing, since chunks are concatenated.
func (*documents) Delimiter() []byte { return nil }
