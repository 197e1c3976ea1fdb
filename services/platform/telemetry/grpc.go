package telemetry

import (
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	"go.opentelemetry.io/otel/metric/noop"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// ServerOptions returns the options with which a gRPC server traces its calls, if the process sends
// traces.
func ServerOptions() []grpc.ServerOption {
	if !Tracing() {
		return nil
	}
	return []grpc.ServerOption{grpc.StatsHandler(otelgrpc.NewServerHandler(spansOfCalls()...))}
}

// DialOptions returns the options with which calls to a gRPC server are traced, if the process
// sends traces.
func DialOptions() []grpc.DialOption {
	if !Tracing() {
		return nil
	}
	return []grpc.DialOption{grpc.WithStatsHandler(otelgrpc.NewClientHandler(spansOfCalls()...))}
}

// spansOfCalls traces all but health checks and reflection, and measures nothing: servers do that
// themselves, at a tenth of the cost.
func spansOfCalls() []otelgrpc.Option {
	return []otelgrpc.Option{
		otelgrpc.WithMeterProvider(noop.NewMeterProvider()),
		otelgrpc.WithFilter(func(call *stats.RPCTagInfo) bool { return !strings.HasPrefix(call.FullMethodName, "/grpc.") }),
	}
}
