package webhooks

import (
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

var tracer = otel.Tracer(telemetry.Scope)

// traced begins the span of a message and hands the trace to the receiver, if the process sends
// traces. ended takes the status of the response, or 0 without one. otelhttp would do the same, but it
// writes the target's whole URL into the span, where some receivers expect a secret.
func traced(request *http.Request) (ended func(status int)) {
	if !telemetry.Tracing() {
		return func(int) {}
	}
	ctx, span := tracer.Start(request.Context(), "webhook", trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("server.address", request.URL.Hostname())))
	otel.GetTextMapPropagator().Inject(ctx, propagation.HeaderCarrier(request.Header))
	return func(status int) {
		if status == 0 || status >= http.StatusMultipleChoices {
			span.SetStatus(codes.Error, "")
		}
		if status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		span.End()
	}
}
