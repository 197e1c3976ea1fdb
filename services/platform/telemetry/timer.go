package telemetry

import (
	"context"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Other is the value of a label that stands for all values that callers invent, such as paths that do
// not exist.
const Other = "other"

// Labels are the labels of a measurement. There must be few different values, since the timer keeps
// each for good.
type Labels interface {
	comparable
	// Attributes returns the labels with their names.
	Attributes() []attribute.KeyValue
}

// Timer measures how long something takes, by labels.
type Timer[L Labels] struct {
	histogram metric.Float64Histogram
	// options holds the prepared options of a measurement, []metric.RecordOption, by its labels.
	options sync.Map
}

// NewTimer returns a timer whose metric has a name and a description.
func NewTimer[L Labels](name, description string) *Timer[L] {
	histogram, _ := otel.Meter(Scope).Float64Histogram(name, //nolint:errcheck // the names are constants, and valid
		metric.WithUnit("s"), metric.WithDescription(description),
		metric.WithExplicitBucketBoundaries(.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10))
	return &Timer[L]{histogram: histogram}
}

// Record records that something took a time. It costs little where nobody asks for metrics.
func (t *Timer[L]) Record(took time.Duration, labels L) {
	if !Measured() {
		return
	}
	options, known := t.options.Load(labels)
	if !known {
		options, _ = t.options.LoadOrStore(labels, []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(labels.Attributes()...))})
	}
	t.histogram.Record(context.Background(), took.Seconds(), options.([]metric.RecordOption)...) //nolint:forcetypeassert // stored above
}
