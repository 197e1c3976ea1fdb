package gateway

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/trace"

	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// The load and the times of all gateways of this process.
var (
	load         = telemetry.NewLoad("http", "call")
	requestTimes = telemetry.NewTimer[requestLabels]("http.server.request.duration", "Time of requests to the gateway.")
)

// requestLabels are the labels of a request, named as OpenTelemetry's conventions do.
type requestLabels struct {
	method, route, contract string
	status                  int
}

// Attributes implements telemetry.Labels.
func (l requestLabels) Attributes() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("http.request.method", l.method), attribute.String("http.route", l.route),
		attribute.String("contract", l.contract), attribute.String("http.response.status_code", strconv.Itoa(l.status)),
	}
}

// Handler returns the handler of all requests, for listeners beside Serve.
func (g *Gateway) Handler() http.Handler { return g.handler }

// traced traces requests other than probes, if the process sends traces. otelhttp measures nothing:
// the gateway does that itself, also where nobody receives traces.
func traced(next http.Handler) http.Handler {
	if !telemetry.Tracing() {
		return next
	}
	return otelhttp.NewHandler(next, "request", otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithFilter(func(r *http.Request) bool { return !isProbe(http.MethodGet + " " + r.URL.Path) }))
}

// observe measures a request other than a probe, and names its span. Paths that match nothing and
// unknown methods share one name, since callers could invent any number of them.
func (v *requestState) observe(took time.Duration) {
	if isProbe(v.pattern) {
		return
	}
	labels := requestLabels{method: knownMethod(v.asked.Method), route: telemetry.Other, contract: v.contractLabel(), status: v.answer.status}
	if _, path, ofPage := strings.Cut(v.pattern, " "); ofPage {
		labels.route = path
	} else if v.pattern != "" {
		labels.route = v.pattern
	}
	requestTimes.Record(took, labels)
	if span := trace.SpanFromContext(v); span.IsRecording() {
		span.SetName(labels.method + " " + labels.route)
		span.SetAttributes(attribute.String("http.route", labels.route), attribute.String("contract", labels.contract))
	}
}

// contractLabel returns the name of the contract that a request belongs to, or `none`.
func (v *requestState) contractLabel() string {
	switch {
	case v.site.contract == &native.Contract:
		return "native"
	case v.site.contract.Name != "":
		return v.site.contract.Name
	}
	return "none"
}

// knownMethod returns a method, or `_OTHER` as OpenTelemetry's conventions want it.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "_OTHER"
}
