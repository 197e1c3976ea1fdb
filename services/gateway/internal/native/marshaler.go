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

// protoJSON is protojson as the mux knows it.
type protoJSON struct{ runtime.JSONPb }

// marshaler writes lowerCamelCase names, zeros and empty lists included, so that a reader sees every field that has no
// presence; an unset message or optional field is absent.
func marshaler() runtime.Marshaler {
	return &protoJSON{runtime.JSONPb{MarshalOptions: protojson.MarshalOptions{EmitDefaultValues: true}}}
}

// NewDecoder binds a request's body: a field that does not exist is an error, and an empty body a message with nothing set.
func (*protoJSON) NewDecoder(from io.Reader) runtime.Decoder {
	return framework.Decoder(from, func(text []byte, into proto.Message) error {
		if len(bytes.TrimSpace(text)) == 0 {
			return nil
		}
		return protojson.Unmarshal(text, into)
	})
}

// unbound tells of a body what protojson says, which names the field and the place.
func unbound(asked *route.Route, err error) *failure.Failure {
	in := asked.Body
	if in == "*" {
		in = ""
	}
	bad := findings{}
	bad.refuse(in, failure.InvalidParameter, strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: "))
	return bad.failure()
}

// documentType is the marshaler's for answers that are documents; each document tells its own media type.
const documentType = "application/octet-stream"

// documents writes a document's bytes as they are, and failures in native JSON. The chunks of a stream are one document.
type documents struct{ runtime.HTTPBodyMarshaler }

// Delimiter is nothing.
func (*documents) Delimiter() []byte { return nil }
