package telemetry

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/sdk/metric"
)

// maxSeries limits the series of one metric. Methods times codes stay far below it.
const maxSeries = 10_000

var measured atomic.Bool

// Measured reports whether this process serves metrics.
func Measured() bool { return measured.Load() }

// Metrics begins to measure this process and returns the handler of /metrics. Further calls return
// the same handler.
var Metrics = sync.OnceValues(newMetrics)

func newMetrics() (http.Handler, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := exporter.New(exporter.WithRegisterer(registry), exporter.WithoutTargetInfo(), exporter.WithoutScopeInfo())
	if err != nil {
		return nil, fmt.Errorf("preparing metrics: %w", err)
	}
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader), metric.WithCardinalityLimit(maxSeries)))
	if err := observeLoads(); err != nil {
		return nil, fmt.Errorf("preparing metrics: %w", err)
	}
	measured.Store(true)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), nil
}
