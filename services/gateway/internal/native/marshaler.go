package native

import (
	"bytes"
	"io"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
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
	return framework.Decoder(from, bind)
}

func bind(text []byte, into proto.Message) error {
	text = withoutMark(text)
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	if err := wire.CheckValues(text); err != nil {
		return err //nolint:wrapcheck // unbound shows its text
	}
	return protojson.Unmarshal(text, into) //nolint:wrapcheck // unbound shows its text
}

// withoutMark drops a byte order mark.
func withoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\uFEFF")) }

// unbound returns the failure for a body, with protojson's message, which names the field and the
// position.
func unbound(asked *route.Route, err error) *failure.Failure {
	text := strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
	why := failure.InvalidParameter
	if strings.Contains(text, "): unknown field ") {
		why = string(reason.UnknownField)
	}
	bad := findings{}
	bad.refuse(bodyName(asked), why, text)
	return bad.failure()
}

// bodyName returns the JSON name of the request field that is the body, or "" for the whole request.
func bodyName(asked *route.Route) string {
	field := asked.RPC.Input().Fields().ByName(protoreflect.Name(asked.Body))
	if field == nil {
		return ""
	}
	return field.JSONName()
}

// LinesType is the media type of streams as lines, each a JSON object with a result or an error.
const LinesType = "application/x-ndjson"

// lines writes the messages of a stream as lines of native JSON.
type lines struct{ runtime.Marshaler }

// ContentType returns the media type of lines.
func (lines) ContentType(any) string { return LinesType }

// Delimiter returns the end of a line.
func (lines) Delimiter() []byte { return []byte("\n") }

// documentType selects the marshaler for documents. Each document has its own media type.
const documentType = "application/octet-stream"

// documents writes the bytes of documents unchanged, and failures in native JSON. The chunks of a
// stream form one document.
type documents struct{ runtime.HTTPBodyMarshaler }

// Delimiter returns nothing, since chunks are concatenated.
func (*documents) Delimiter() []byte { return nil }
