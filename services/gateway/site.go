package gateway

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// site is all paths of one contract, or of one service's native API, and the transcoder that routes and answers them.
type site struct {
	config   Config
	contract *contract.Contract
	mux      *runtime.ServeMux
	// operations are those that are offered, by method and pattern as the mux knows them, and methods the methods that they have.
	operations map[string]*route.Route
	methods    []string
	// streams ends when streaming answers have to.
	streams context.Context
}

func newSite(streams context.Context, config Config, of *contract.Contract) *site {
	s := &site{config: config, contract: of, operations: map[string]*route.Route{}, streams: streams}
	options := []runtime.ServeMuxOption{
		runtime.WithMiddlewares(s.admit),
		// A slash escaped in a native resource name stays in its segment, and an id is unescaped once.
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptReserved),
		// No POST becomes another method by its media type or by a header.
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithIncomingHeaderMatcher(forwardedHeader),
		runtime.WithOutgoingHeaderMatcher(outgoingHeader),
		runtime.WithOutgoingTrailerMatcher(noTrailer),
		runtime.WithErrorHandler(s.failed),
		runtime.WithStreamErrorHandler(s.streamFailed),
		runtime.WithRoutingErrorHandler(s.unrouted),
		runtime.WithWriteContentLength(),
	}
	if of.Framework.LoosePaths {
		options = append(options, runtime.WithForwardResponseOption(noContent))
	}
	for mediaType, marshaler := range of.Framework.Marshalers {
		options = append(options, runtime.WithMarshalerOption(mediaType, marshaler))
	}
	s.mux = runtime.NewServeMux(options...)
	return s
}

// offer adds an operation, whose handler the mux has.
func (s *site) offer(operation *route.Route) error {
	if operation.Contract != "" && !slices.Contains(s.contract.Framework.Wire, operation.Framework) {
		return fmt.Errorf("%s is of the contract %s, whose framework is not %s",
			operation.RPC.ParentFile().Path(), s.contract.Name, operation.Framework)
	}
	s.operations[operation.Key()] = operation
	if !slices.Contains(s.methods, operation.HTTPMethod) {
		s.methods = append(s.methods, operation.HTTPMethod)
		slices.Sort(s.methods)
	}
	return nil
}

// ServeHTTP answers a request whose path is spelled as the mux has it. An empty segment is no value.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch asked := visitOf(r.Context()).asked; {
	case len(asked.RequestURI) > maxURIBytes:
		s.fail(w, r, failure.URITooLong(maxURIBytes))
	case strings.Contains(r.URL.EscapedPath()+"/", "//"):
		s.fail(w, r, failure.NoRoute(requestURI(asked)))
	default:
		s.mux.ServeHTTP(w, r)
	}
}

// forwardedHeaders are the request headers that reach the services, beside the request id.
var forwardedHeaders = []string{"Authorization", "Idempotency-Key"}

// forwardedHeader gives the metadata key of a header; the mux forwards Authorization by itself.
func forwardedHeader(header string) (string, bool) {
	forward := header == telemetry.RequestIDHeader || slices.Contains(forwardedHeaders, header)
	return strings.ToLower(header), forward && header != "Authorization"
}

// outgoingHeader is the one header that a service sets: what a document's file is to be called. Other metadata stays inside.
func outgoingHeader(key string) (string, bool) {
	const disposition = "Content-Disposition"
	return disposition, strings.EqualFold(key, disposition)
}

// noTrailer keeps the services' trailers from the outside.
func noTrailer(string) (string, bool) { return "", false }

// noContent answers 204 where a message has no fields.
func noContent(_ context.Context, w http.ResponseWriter, answer proto.Message) error {
	if answer.ProtoReflect().Descriptor().Fields().Len() == 0 {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}
