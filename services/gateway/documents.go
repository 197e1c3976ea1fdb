package gateway

import "github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

// documentType is a name between us and the mux for answers that are documents: the public media type is the document's.
const documentType = "continuo/document"

// documents writes a document's bytes as they are, and failures in native JSON. The chunks of a stream are one document.
type documents struct{ runtime.HTTPBodyMarshaler }

// Delimiter is nothing.
func (*documents) Delimiter() []byte { return nil }
