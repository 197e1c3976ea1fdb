package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/metadata"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/rpc"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// site serves the paths of one contract, or of one service's native API.
type site struct {
	config   Config
	contract *contract.Contract
	// challenges are the WWW-Authenticate headers of 401 responses.
	challenges []string
	// mux routes and transcodes the native API.
	mux *runtime.ServeMux
	// operations holds the offered operations of the native API by method and pattern of the mux, and
	// methods their HTTP methods.
	operations map[string]*route.Route
	methods    []string
	// streams is cancelled when streaming responses must end.
	streams context.Context
}

func newSite(streams context.Context, config Config, of *contract.Contract) *site {
	s := &site{config: config, contract: of, challenges: challenges(of, config.Authenticator), operations: map[string]*route.Route{}, streams: streams}
	if of != &native.Contract {
		return s
	}
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
		runtime.WithForwardResponseOption(s.tagged),
	}
	for mediaType, marshaler := range of.Framework.Marshalers {
		options = append(options, runtime.WithMarshalerOption(mediaType, marshaler))
	}
	s.mux = runtime.NewServeMux(options...)
	return s
}

// offer adds an operation of the native API, whose handler is registered with the mux.
func (s *site) offer(operation *route.Route) {
	s.operations[operation.Key()] = operation
	if !slices.Contains(s.methods, operation.HTTPMethod) {
		s.methods = append(s.methods, operation.HTTPMethod)
		slices.Sort(s.methods)
	}
}

// ServeHTTP handles a request as front.find returns it. Empty segments match nothing.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := stateOf(r.Context())
	switch path := r.URL.EscapedPath(); {
	case len(v.asked.RequestURI) > maxURIBytes:
		s.fail(w, r, failure.URITooLong(maxURIBytes))
	case s.mux == nil && !slices.Contains(v.parts, ""):
		s.serveContract(w, r)
	case s.mux == nil, strings.Contains(path, "//"), strings.HasSuffix(path, "/"):
		s.fail(w, r, failure.NoRoute(requestURI(v.asked)))
	default:
		if check := s.contract.Framework.CheckPath; check != nil {
			if refused := check(path); refused != nil {
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

// sentWith returns what a service gets of a request besides its message.
func sentWith(v *requestState, header http.Header) rpc.Sent {
	sent := rpc.Sent{RequestID: v.requestID[0], Source: v.source}
	for _, name := range forwardedHeaders {
		if values := header[name]; len(values) > 0 && values[0] != "" && isPrintable(values[0]) {
			if sent.Metadata == nil {
				sent.Metadata = metadata.MD{}
			}
			sent.Metadata[strings.ToLower(name)] = values[:1:1]
		}
	}
	return sent
}

// outgoingHeader allows the one header that services set, the file name of a document. Other
// metadata is not sent to callers.
func outgoingHeader(key string) (string, bool) {
	const disposition = "Content-Disposition"
	return disposition, strings.EqualFold(key, disposition)
}

// noTrailer drops the trailers of the services.
func noTrailer(string) (string, bool) { return "", false }
