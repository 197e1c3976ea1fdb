package gateway

import (
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/api/httpbody"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// documentType is a name between us and the mux for answers that are documents: the public media type is the document's.
const documentType = "continuo/document"

var documentName = (*httpbody.HttpBody)(nil).ProtoReflect().Descriptor().FullName()

// answersDocuments reports whether a route answers google.api.HttpBody: bytes with a media type, not a message.
func answersDocuments(asked *route.Route) bool { return asked.RPC.Output().FullName() == documentName }

// documents writes a document's bytes as they are, and failures in native JSON. The chunks of a stream are one document.
type documents struct{ runtime.HTTPBodyMarshaler }

// Delimiter is nothing.
func (*documents) Delimiter() []byte { return nil }
