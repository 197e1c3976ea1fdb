// Package telemetry shows from outside what a process does: it creates loggers, carries request ids,
// so that all log lines of a request can be found by its id, and sets up metrics and traces.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/continuo-billing/continuo/services/platform/id"
)

// RequestIDHeader is the HTTP header and, in lower case, the gRPC metadata key of the request id.
const RequestIDHeader = "X-Request-Id"

// NotServingTrailer is the gRPC trailer in which a health check response says why a service does
// not serve.
const NotServingTrailer = "continuo-not-serving"

const maxRequestID = 128

type requestIDKey struct{}

// WithRequestID returns a context that carries the request id offered by the caller. It generates a
// new id if the offered one is empty, longer than 128 bytes, or not printable ASCII.
func WithRequestID(ctx context.Context, offered string) context.Context {
	if !acceptable(offered) {
		offered = id.New()
	}
	return &withID{ctx, offered}
}

// withID is a context with a request id, in one piece of memory.
type withID struct {
	context.Context
	requestID string
}

// Value returns a pointer to the request id, and the values of the context below.
func (c *withID) Value(key any) any {
	if _, ok := key.(requestIDKey); ok {
		return &c.requestID
	}
	return c.Context.Value(key)
}

// RequestID returns the request id of the context, or "".
func RequestID(ctx context.Context) string {
	if value, ok := ctx.Value(requestIDKey{}).(*string); ok {
		return *value
	}
	return ""
}

func acceptable(requestID string) bool {
	if requestID == "" || len(requestID) > maxRequestID {
		return false
	}
	for i := range len(requestID) {
		if requestID[i] <= ' ' || requestID[i] > '~' {
			return false
		}
	}
	return true
}

// NewLogger returns a logger that writes to out in a format (`text` or `json`), from a minimum
// level (`debug`, `info`, `warn`, `error`). Lines logged with a request's context include its
// request_id, and its trace_id if it is traced.
func NewLogger(out io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: must be debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "text":
		return slog.New(withRequestID{slog.NewTextHandler(out, options)}), nil
	case "json":
		return slog.New(withRequestID{slog.NewJSONHandler(out, options)}), nil
	}
	return nil, fmt.Errorf("log format %q: must be text or json", format)
}

// withRequestID adds the context's request id, and its trace id if it is traced, to every record.
type withRequestID struct{ slog.Handler }

func (h withRequestID) Handle(ctx context.Context, record slog.Record) error {
	if requestID := RequestID(ctx); requestID != "" {
		record.AddAttrs(slog.String("request_id", requestID))
	}
	if span := trace.SpanContextFromContext(ctx); span.HasTraceID() {
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func (h withRequestID) WithAttrs(attrs []slog.Attr) slog.Handler {
	return withRequestID{h.Handler.WithAttrs(attrs)}
}

func (h withRequestID) WithGroup(name string) slog.Handler {
	return withRequestID{h.Handler.WithGroup(name)}
}
