package database

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/trace"

	"github.com/continuo-billing/continuo/services/platform/telemetry"
)

var (
	transactionTimes = telemetry.NewTimer[transactionLabels]("continuo.store.transaction.duration",
		"Time of transactions on the store, with waits and retries.")
	commitTimes      = telemetry.NewTimer[serviceLabel]("continuo.store.commit.duration", "Time of commits, until the changes are durable.")
	commitMembers, _ = otel.Meter(telemetry.Scope).Int64Histogram("continuo.store.group.size", //nolint:errcheck // the name is valid
		metric.WithDescription("Write transactions that shared a commit."), metric.WithExplicitBucketBoundaries(1, 2, 4, 8, 16, 32, 64, 128, 256))
	retries, _ = otel.Meter(telemetry.Scope).Int64Counter("continuo.store.retries", //nolint:errcheck // the name is valid
		metric.WithDescription("Write transactions that were tried again."))
	cacheReads, _ = otel.Meter(telemetry.Scope).Int64Counter("continuo.store.cache.reads", //nolint:errcheck // the name is valid
		metric.WithDescription("Reads of rows that may be in the memory of the service, by whether they were."))
	tracer = otel.Tracer(telemetry.Scope)
)

// kind is a kind of transaction.
type kind string

const (
	reading kind = "read"
	writing kind = "write"
)

type serviceLabel string

// Attributes implements telemetry.Labels.
func (l serviceLabel) Attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("service", string(l))}
}

type transactionLabels struct {
	service serviceLabel
	kind    kind
	failed  bool
}

// Attributes implements telemetry.Labels.
func (l transactionLabels) Attributes() []attribute.KeyValue {
	outcome := "ok"
	if l.failed {
		outcome = "error"
	}
	return append(l.service.Attributes(), attribute.String("kind", string(l.kind)), attribute.String("outcome", outcome))
}

// Observe names the service of the store in metrics. Call it before the first transaction, and after
// metrics have begun.
func (db *DB) Observe(service string) {
	db.service = serviceLabel(service)
	db.labels = metric.WithAttributeSet(attribute.NewSet(db.service.Attributes()...))
	retries.Add(context.Background(), 0, db.labels) // so that the first one is an increase
	result := func(is string) metric.MeasurementOption {
		return metric.WithAttributeSet(attribute.NewSet(append(db.service.Attributes(), attribute.String("result", is))...))
	}
	db.hits, db.misses = result("hit"), result("miss")
}

// measure begins to measure a transaction, and to trace it if its caller is traced.
func (db *DB) measure(ctx context.Context, of kind) (traced context.Context, done func(error)) {
	started := time.Now()
	ctx, span := db.trace(ctx, of)
	return ctx, func(err error) {
		if db.labels != nil {
			transactionTimes.Record(time.Since(started), transactionLabels{db.service, of, err != nil})
		}
		if span == nil {
			return
		}
		if err != nil {
			span.SetStatus(codes.Error, "") // texts of errors may hold data of the caller
		}
		span.End()
	}
}

// trace returns a nil span if nobody traces the caller.
func (db *DB) trace(ctx context.Context, of kind) (context.Context, trace.Span) {
	if !telemetry.Tracing() || !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, nil
	}
	return tracer.Start(ctx, "store "+string(of), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", string(db.engine))))
}

// retried counts a repetition of a transaction.
func (db *DB) retried() {
	if telemetry.Measured() && db.labels != nil {
		retries.Add(context.Background(), 1, db.labels)
	}
}

// looked counts a look into the cache.
func (db *DB) looked(found bool) {
	if !telemetry.Measured() || db.labels == nil {
		return
	}
	result := db.misses
	if found {
		result = db.hits
	}
	cacheReads.Add(context.Background(), 1, result)
}

// committed wakes followers after a commit of a number of write transactions, and measures it.
func (db *DB) committed(members int, told []Subject, took time.Duration) {
	db.followers.wake(told)
	if db.onCommit != nil {
		db.onCommit(members)
	}
	if telemetry.Measured() && db.labels != nil {
		commitTimes.Record(took, db.service)
		commitMembers.Record(context.Background(), int64(members), db.labels)
	}
}
