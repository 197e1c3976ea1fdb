// Package figures reads what metrics tell of a store, such as waiting webhooks, when they are asked
// for. Each replica of a service reports the same figures.
package figures

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

// However often metrics are asked for, a store is read once per freshness, within readTimeout. No
// more than MostCounted rows are counted.
const (
	freshness   = 15 * time.Second
	readTimeout = 2 * time.Second
	MostCounted = 10_000
)

// Figure is one value of a gauge.
type Figure struct {
	// Gauge is the name, such as Runs.
	Gauge Gauge
	// State is the value of the label `state`; "" for none.
	State string
	// Value is the value. Ages are in seconds.
	Value float64
}

// Source reads figures of a store.
type Source func(ctx context.Context, tx *database.Tx, now time.Time) ([]Figure, error)

// Store is a store whose figures are read.
type Store struct {
	// DB is the store, and Service the name of its service.
	DB      *database.DB
	Service string
	// Sources read the figures. Those of the change feed and of webhooks are always read.
	Sources []Source
	// Clock tells the ages, and Logger why figures cannot be read.
	Clock  clock.Clock
	Logger *slog.Logger
}

// Run reports the figures of a store until ctx ends. It does nothing in a process that serves no
// metrics.
func (s *Store) Run(ctx context.Context) {
	if !telemetry.Measured() {
		return
	}
	stop, err := s.observe()
	if err != nil {
		s.Logger.WarnContext(ctx, "the figures of the store are not reported", "error", err)
		return
	}
	<-ctx.Done()
	if err := stop(); err != nil {
		s.Logger.WarnContext(ctx, "the figures of the store are still reported", "error", err)
	}
}

func (s *Store) observe() (stop func() error, err error) {
	meter := otel.Meter(telemetry.Scope)
	failures, err := meter.Int64Counter("continuo.observation.errors", metric.WithDescription("Failed attempts to read the figures of a store."))
	if err != nil {
		return nil, fmt.Errorf("preparing a counter: %w", err)
	}
	gauges, instruments := map[Gauge]metric.Float64ObservableGauge{}, []metric.Observable{}
	for name, options := range described {
		if gauges[name], err = meter.Float64ObservableGauge(string(name), options...); err != nil {
			return nil, fmt.Errorf("preparing %s: %w", name, err)
		}
		instruments = append(instruments, gauges[name])
	}
	service := attribute.String("service", s.Service)
	failures.Add(context.Background(), 0, metric.WithAttributes(service)) // so that the first one is an increase
	recent := &cache{store: s, failed: func() { failures.Add(context.Background(), 1, metric.WithAttributes(service)) }}
	registration, err := meter.RegisterCallback(func(ctx context.Context, observer metric.Observer) error {
		for _, one := range recent.get(ctx) {
			labels := []attribute.KeyValue{service}
			if one.State != "" {
				labels = append(labels, attribute.String("state", one.State))
			}
			observer.ObserveFloat64(gauges[one.Gauge], one.Value, metric.WithAttributes(labels...))
		}
		return nil
	}, instruments...)
	if err != nil {
		return nil, fmt.Errorf("preparing the figures: %w", err)
	}
	return registration.Unregister, nil
}

// cache keeps figures for a while.
type cache struct {
	store  *Store
	failed func()
	mu     sync.Mutex
	read   time.Time
	latest []Figure
}

func (c *cache) get(ctx context.Context) []Figure {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.read.IsZero() && time.Since(c.read) < freshness {
		return c.latest
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	figures, err := c.store.figures(ctx)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		c.failed()
		c.store.Logger.DebugContext(ctx, "the figures of the store cannot be read", "error", err)
	}
	c.latest, c.read = figures, time.Now()
	return figures
}

// figures reads all figures. Without the store there is only Ready.
func (s *Store) figures(ctx context.Context) ([]Figure, error) {
	if err := s.DB.Ready(ctx); err != nil {
		return []Figure{{Gauge: Ready, Value: 0}}, err
	}
	figures := []Figure{{Gauge: Ready, Value: 1}}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		for _, source := range append([]Source{changeFeed, webhookQueue}, s.Sources...) {
			more, err := source(ctx, tx, s.Clock.Now())
			if err != nil {
				return err
			}
			figures = append(figures, more...)
		}
		return nil
	})
	if err != nil {
		return figures[:1], err
	}
	return figures, nil
}
