package rpc

import (
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc/codes"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// The load and the times of all gRPC servers of this process.
var (
	callLoad   = telemetry.NewLoad("grpc", "call")
	streamLoad = telemetry.NewLoad("grpc", "stream")
	callTimes  = telemetry.NewTimer[callLabels]("rpc.server.call.duration", "Time of calls and streams.")
)

// callLabels are the labels of a call, named as OpenTelemetry's conventions do.
type callLabels struct {
	method string
	code   codes.Code
}

// Attributes implements telemetry.Labels.
func (l callLabels) Attributes() []attribute.KeyValue {
	return []attribute.KeyValue{
		attribute.String("rpc.method", strings.TrimPrefix(l.method, "/")),
		attribute.String("rpc.response.status_code", code.Code(l.code).String()),
	}
}

// measure records a call. Health checks and reflection are left out.
func (c *calls) measure(method string, answered codes.Code, took time.Duration) {
	if strings.HasPrefix(method, healthMethods) {
		return
	}
	if _, known := c.scopes[method]; !known {
		method = telemetry.Other
	}
	callTimes.Record(took, callLabels{method, answered})
}
