package rpc_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// BenchmarkCall measures one call to a server that nobody observes, then with metrics, then with
// traces too.
func BenchmarkCall(b *testing.B) {
	run := func(b *testing.B) {
		var logs bytes.Buffer
		connection, _, _ := serve(b, &logs, ready, func(context.Context, string) (string, error) { return "", nil }, telemetry.DialOptions()...)
		ctx := metadata.AppendToOutgoingContext(b.Context(), "authorization", "Bearer ann")
		b.ReportAllocs()
		for b.Loop() {
			if err := connection.Invoke(ctx, "/test.Echo/Call", wrapperspb.String("x"), &wrapperspb.StringValue{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("off", run)
	if _, err := telemetry.Metrics(); err != nil {
		b.Fatal(err)
	}
	b.Run("metrics", run)
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	b.Cleanup(receiver.Close)
	b.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.URL)
	stop, err := telemetry.StartTraces(b.Context(), "bench", slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stop(context.Background()) })
	b.Run("traces", run)
}
