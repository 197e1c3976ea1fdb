package telemetry_test

import (
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

func TestWrongVariablesStopTheStart(t *testing.T) {
	const endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT"
	for name, test := range map[string]struct {
		variables map[string]string
		want      string
	}{
		"an endpoint without a scheme":   {map[string]string{endpoint: "localhost:4318"}, endpoint},
		"a protocol that does not exist": {map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, "must be http/protobuf or grpc"},
		"another exporter":               {map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, "must be otlp or none"},
		"another compression":            {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zstd"}, "must be gzip or none"},
		"a sampler that does not exist":  {map[string]string{"OTEL_TRACES_SAMPLER": "sometimes"}, "unsupported sampler: sometimes"},
		"a ratio above 1":                {map[string]string{"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "2"}, "greater than 1"},
		"headers without values":         {map[string]string{"OTEL_EXPORTER_OTLP_HEADERS": "key"}, "parse headers"},
		"a timeout in words":             {map[string]string{"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}, "parse duration"},
		"a queue in words":               {map[string]string{"OTEL_BSP_MAX_QUEUE_SIZE": "long"}, "OTEL_BSP_MAX_QUEUE_SIZE is not a number"},
		"a certificate that is absent":   {map[string]string{"OTEL_EXPORTER_OTLP_CERTIFICATE": "/absent"}, "no such file"},
		"attributes without values":      {map[string]string{"OTEL_RESOURCE_ATTRIBUTES": "key"}, "OTEL_RESOURCE_ATTRIBUTES"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(endpoint, "http://127.0.0.1:4318")
			for variable, value := range test.variables {
				t.Setenv(variable, value)
			}
			_, err := telemetry.StartTraces(t.Context(), "test", slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v", err)
			}
			if telemetry.Tracing() {
				t.Error("the process traces")
			}
		})
	}
}

func TestNothingIsTracedWithoutAnEndpoint(t *testing.T) {
	for _, variables := range []map[string]string{
		{"OTEL_TRACES_SAMPLER": "sometimes"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"},
	} {
		for variable, value := range variables {
			t.Setenv(variable, value)
		}
		stop, err := telemetry.StartTraces(t.Context(), "test", slog.New(slog.DiscardHandler))
		if err != nil || telemetry.Tracing() || telemetry.ServerOptions() != nil || telemetry.DialOptions() != nil || stop(t.Context()) != nil {
			t.Errorf("%v: got %v", variables, err)
		}
	}
}

// collects keeps the names of spans that come by gRPC.
type collects struct {
	collector.UnimplementedTraceServiceServer
	names chan string
}

func (c collects) Export(_ context.Context, sent *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	program := sent.GetResourceSpans()[0].GetResource().GetAttributes()
	for _, attribute := range program {
		if attribute.GetKey() == "service.name" {
			c.names <- attribute.GetValue().GetStringValue() + ": " + sent.GetResourceSpans()[0].GetScopeSpans()[0].GetSpans()[0].GetName()
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func TestSpansAreSentByGRPC(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, received := grpc.NewServer(), collects{names: make(chan string, 1)}
	collector.RegisterTraceServiceServer(server, received)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://"+listener.Addr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
	stop, err := telemetry.StartTraces(t.Context(), "test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, span := otel.Tracer("test").Start(t.Context(), "work")
	span.End()
	if err := stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-received.names:
		if got != "test: work" {
			t.Errorf("got the span %q", got)
		}
	default:
		t.Error("no span was received")
	}
}
