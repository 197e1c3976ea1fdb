package telemetry

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Scope names the meters and tracers of this module.
const Scope = "github.com/continuo-billing/continuo"

// Load counts the calls of one kind that are in flight. Create it once for each kind, with NewLoad.
type Load struct {
	running atomic.Int64
	labels  metric.MeasurementOption
}

var loads struct {
	sync.Mutex
	all []*Load
}

// NewLoad returns the load of a server (`http` or `grpc`) with one kind of call (`call`, `stream`).
func NewLoad(server, kind string) *Load {
	load := &Load{labels: metric.WithAttributeSet(attribute.NewSet(attribute.String("server", server), attribute.String("kind", kind)))}
	loads.Lock()
	defer loads.Unlock()
	loads.all = append(loads.all, load)
	return load
}

// Begin counts a call until End is called.
func (l *Load) Begin() { l.running.Add(1) }

// End ends a call.
func (l *Load) End() { l.running.Add(-1) }

// observeLoads reports all loads whenever metrics are asked for.
func observeLoads() error {
	_, err := otel.Meter(Scope).Int64ObservableGauge("continuo.in_flight",
		metric.WithDescription("Calls and streams that are being served."),
		metric.WithInt64Callback(func(_ context.Context, observer metric.Int64Observer) error {
			loads.Lock()
			defer loads.Unlock()
			for _, load := range loads.all {
				observer.Observe(load.running.Load(), load.labels)
			}
			return nil
		}))
	return err //nolint:wrapcheck // newMetrics wraps it
}

var refused, _ = otel.Meter(Scope).Int64Counter("continuo.refused", //nolint:errcheck // the name is valid
	metric.WithDescription("Connections, calls and streams that admission control refused."))

// Refused counts a refusal of admission control: what was refused, and which budget was used up.
// Both are fixed words, never data of a caller.
func Refused(what, why string) {
	refused.Add(context.Background(), 1, metric.WithAttributes(attribute.String("what", what), attribute.String("why", why)))
}
