package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
)

var traced atomic.Bool

// Tracing reports whether this process sends traces. Servers and connections that are made before are
// not traced.
func Tracing() bool { return traced.Load() }

// StartTraces begins to send the spans of a program to the OTLP endpoint that OpenTelemetry's
// variables name. Without an endpoint it does nothing. Variables that are wrong are an error. stop
// sends what is left.
func StartTraces(ctx context.Context, program string, logger *slog.Logger) (stop func(context.Context) error, err error) {
	to, err := readDestination()
	if err != nil {
		return nil, err
	}
	if to == nil {
		return func(context.Context) error { return nil }, nil
	}
	// The libraries only report variables that they cannot read, and go on with defaults.
	var problems reports
	otel.SetErrorHandler(&problems)
	otel.SetLogger(logr.New(&problems))
	provider, err := newProvider(ctx, to, program)
	if err = errors.Join(append(problems.all, err)...); err != nil {
		return nil, fmt.Errorf("preparing traces by the variables OTEL_...: %w", oneLine(err))
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("sending traces failed", "error", err) }))
	otel.SetLogger(logr.FromSlogHandler(logger.Handler()))
	otel.SetTracerProvider(provider)
	otel.SetTextMapPropagator(propagation.TraceContext{})
	traced.Store(true)
	return func(ctx context.Context) error {
		traced.Store(false)
		return provider.Shutdown(ctx)
	}, nil
}

func newProvider(ctx context.Context, to *destination, program string) (*trace.TracerProvider, error) {
	exporter, err := to.exporter(ctx)
	if err != nil {
		return nil, err
	}
	// Later options win: what the operator says about the resource.
	described, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName(program)), resource.WithHost(), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	return trace.NewTracerProvider(trace.WithBatcher(exporter), trace.WithResource(described)), nil
}

// destination is where traces are sent.
type destination struct{ protocol string }

// readDestination reads OpenTelemetry's variables. It returns nil if nothing is to be sent.
func readDestination() (*destination, error) {
	name, endpoint := ofTraces("ENDPOINT")
	if endpoint == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	if exporter := os.Getenv("OTEL_TRACES_EXPORTER"); exporter != "" && exporter != "otlp" {
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER=%s: must be otlp or none", exporter)
	}
	if parsed, err := url.Parse(endpoint); err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return nil, fmt.Errorf("%s: %q is not a URL like http://127.0.0.1:4318", name, endpoint)
	}
	name, protocol := ofTraces("PROTOCOL")
	if protocol != "" && protocol != "grpc" && protocol != "http/protobuf" {
		return nil, fmt.Errorf("%s=%s: must be http/protobuf or grpc", name, protocol)
	}
	if name, compression := ofTraces("COMPRESSION"); compression != "" && compression != "gzip" && compression != "none" {
		return nil, fmt.Errorf("%s=%s: must be gzip or none", name, compression)
	}
	return &destination{protocol}, nil
}

// ofTraces returns a setting of the exporter: the one for traces, or the one for all signals.
func ofTraces(setting string) (name, value string) {
	name = "OTEL_EXPORTER_OTLP_TRACES_" + setting
	if value = os.Getenv(name); value != "" {
		return name, value
	}
	name = "OTEL_EXPORTER_OTLP_" + setting
	return name, os.Getenv(name)
}

func (d *destination) exporter(ctx context.Context) (*otlptrace.Exporter, error) {
	if d.protocol == "grpc" {
		return otlptracegrpc.New(ctx)
	}
	return otlptracehttp.New(ctx)
}
