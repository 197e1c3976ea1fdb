package gateway

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// newMux is the transcoder behind our routing. It sees paths spelled as its patterns are, and the private media types of
// the codec's formats; a native request has no media type here and is read and written by protojson.
func (h *handler) newMux() *runtime.ServeMux {
	options := []runtime.ServeMuxOption{
		runtime.WithMarshalerOption(runtime.MIMEWildcard, nativeMarshaler()),
		runtime.WithMarshalerOption(eventStreamType, eventStream{nativeMarshaler()}),
		runtime.WithMarshalerOption(documentType, &documents{runtime.HTTPBodyMarshaler{Marshaler: nativeMarshaler()}}),
		// A slash escaped in a native resource name stays in its segment, and an id is unescaped once.
		runtime.WithUnescapingMode(runtime.UnescapingModeAllExceptReserved),
		// No POST becomes another method by its media type or by a header.
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithIncomingHeaderMatcher(forwarded),
		runtime.WithOutgoingHeaderMatcher(told),
		runtime.WithOutgoingTrailerMatcher(dropped),
		runtime.WithForwardResponseOption(h.finish),
		runtime.WithErrorHandler(h.serviceFailed),
		runtime.WithStreamErrorHandler(streamFailed),
		runtime.WithRoutingErrorHandler(h.routingFailed),
		runtime.WithWriteContentLength(),
	}
	for _, marshaler := range marshalers {
		options = append(options, runtime.WithMarshalerOption(marshaler.mediaType(), marshaler))
	}
	return runtime.NewServeMux(options...)
}

// toldHeaders are the request headers that the services are told, beside the request id.
var toldHeaders = []string{"Authorization", "Idempotency-Key"}

// forwarded gives the metadata key of a header; the mux forwards Authorization by itself.
func forwarded(header string) (string, bool) {
	told := header == telemetry.RequestIDHeader || slices.Contains(toldHeaders, header)
	return strings.ToLower(header), told && header != "Authorization"
}

// told is the one header that a service sets: what a document's file is to be called. Other metadata stays inside.
func told(key string) (string, bool) {
	const disposition = "Content-Disposition"
	return disposition, strings.EqualFold(key, disposition)
}

// dropped keeps the services' trailers from the outside.
func dropped(string) (string, bool) { return "", false }

// finish gives a success its public media type, and 204 where a vendor's answer has no body.
func (h *handler) finish(ctx context.Context, w http.ResponseWriter, answer proto.Message) error {
	x := exchangeOf(ctx)
	switch {
	case x.contract == route.Native:
	case answer.ProtoReflect().Descriptor().Fields().Len() == 0:
		w.Header().Del("Content-Type")
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Content-Type", x.answer.ContentType())
	}
	return nil
}

// serviceFailed answers a body that does not bind and every status but OK.
func (h *handler) serviceFailed(
	ctx context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error,
) {
	answered := status.Convert(err)
	x := exchangeOf(ctx)
	failed := x.failure(answered)
	if failed.Code == codes.Internal {
		h.config.Logger.ErrorContext(ctx, "a request failed", "route", x.pattern, "error", err)
	}
	x.answered = answered
	h.fail(w, r, failed)
}

// streamFailed is what the caller of a stream is told at its end.
func streamFailed(ctx context.Context, err error) *status.Status {
	answered := status.Convert(err)
	failed := exchangeOf(ctx).failure(answered)
	if failed.Code == answered.Code() && failed.Message == answered.Message() {
		return answered
	}
	return status.New(failed.Code, failed.Message)
}

// routingFailed answers a path that our table has and the mux has not, which no request should find.
func (h *handler) routingFailed(
	_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, _ int,
) {
	h.fail(w, r, failure.NoRoute(requestURI(r)))
}
