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

// site serves the paths of one contract, or of one service's native API, with a transcoding mux.
type site struct {
	config   Config
	contract *contract.Contract
	// challenges are the WWW-Authenticate headers of 401 responses.
	challenges []string
	mux        *runtime.ServeMux
	// operations holds the offered operations by method and pattern of the mux, and methods their
	// HTTP methods.
	operations map[string]*route.Route
	methods    []string
	// streams is cancelled when streaming responses must end.
	streams context.Context
}

func newSite(streams context.Context, config Config, of *contract.Contract) *site {
	s := &site{config: config, contract: of, challenges: challenges(of, config.Authenticator), operations: map[string]*route.Route{}, streams: streams}
	options := []runtime.ServeMuxOption{
		runtime.WithMiddlewares(s.admit),
		// An escaped slash in a native resource name stays in its segment, and ids are unescaped
		// once.
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptReserved),
		// A POST does not become another method because of its media type or a header.
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
	if of.Framework.Conditional {
		options = append(options, runtime.WithForwardResponseOption(s.tagged))
	}
	for mediaType, marshaler := range of.Framework.Marshalers {
		options = append(options, runtime.WithMarshalerOption(mediaType, marshaler))
	}
	s.mux = runtime.NewServeMux(options...)
	return s
}

// offer adds an operation whose handler is registered with the mux.
func (s *site) offer(operation *route.Route) error {
	if operation.Contract != "" && !slices.Contains(s.contract.Framework.Wire, operation.Framework) {
		return fmt.Errorf("%s belongs to the contract %s, which does not use the framework %s",
			operation.RPC.ParentFile().Path(), s.contract.Name, operation.Framework)
	}
	s.operations[operation.Key()] = operation
	if !slices.Contains(s.methods, operation.HTTPMethod) {
		s.methods = append(s.methods, operation.HTTPMethod)
		slices.Sort(s.methods)
	}
	return nil
}

// ServeHTTP handles a request whose path has the spelling of the mux. Empty segments match nothing.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch asked := stateOf(r.Context()).asked; {
	case len(asked.RequestURI) > maxURIBytes:
		s.fail(w, r, failure.URITooLong(maxURIBytes))
	case strings.Contains(r.URL.EscapedPath()+"/", "//"):
		s.fail(w, r, failure.NoRoute(requestURI(asked)))
	default:
		if check := s.contract.Framework.CheckPath; check != nil {
			if refused := check(r.URL.EscapedPath()); refused != nil {
				s.fail(w, r, refused)
				return
			}
		}
		s.mux.ServeHTTP(w, r)
	}
}

// forwardedHeaders lists the request headers that are forwarded to the services, besides the
// request id. A gateway that sends traces replaces those of the trace.
var forwardedHeaders = []string{authorization, idempotencyKey, "Traceparent", "Tracestate"}

// forwardedHeader returns the metadata key of a header. The mux forwards Authorization itself.
func forwardedHeader(header string) (string, bool) {
	forward := header == telemetry.RequestIDHeader || slices.Contains(forwardedHeaders, header)
	return strings.ToLower(header), forward && header != authorization
}

// outgoingHeader allows the one header that services set, the file name of a document. Other
// metadata is not sent to callers.
func outgoingHeader(key string) (string, bool) {
	const disposition = "Content-Disposition"
	return disposition, strings.EqualFold(key, disposition)
}

// noTrailer drops the trailers of the services.
func noTrailer(string) (string, bool) { return "", false }

// noContent responds with 204 if the message has no fields.
func noContent(_ context.Context, w http.ResponseWriter, answer proto.Message) error {
	if answer.ProtoReflect().Descriptor().Fields().Len() == 0 {
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}
