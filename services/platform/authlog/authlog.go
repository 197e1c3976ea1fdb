// Package authlog logs failed attempts to authenticate so that a flood of them cannot fill the log.
// What callers gave is not logged, since people type passwords into wrong fields.
package authlog

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

const (
	// pause is the time between two lines about one source.
	pause = time.Minute
	// linesPerMinute bounds the lines about all sources together.
	linesPerMinute = 60
	// places is the number of sources that are told apart.
	places = 4096
)

// Unauthenticated is the message of a Log of calls whose credential was refused.
const Unauthenticated = "authentication failed"

// Log logs failed attempts of one kind: one line a minute for a source address, 60 for all together. A
// line says how many of its source were left out before it. Sources share a fixed number of places by
// a hash with a random seed, so a flood from many addresses uses no memory.
type Log struct {
	logger  *slog.Logger
	message string
	clock   clock.Clock
	seed    maphash.Seed

	mu     sync.Mutex
	all    *rate.Limiter
	places [places]place
}

// place is what is known of the sources that share it.
type place struct {
	quietUntil time.Time
	leftOut    int
}

// New returns a log of failures that writes a message to a logger, as a warning.
func New(logger *slog.Logger, message string, now clock.Clock) *Log {
	return &Log{
		logger: logger, message: message, clock: now, seed: maphash.MakeSeed(),
		all: rate.NewLimiter(rate.Every(time.Minute/linesPerMinute), linesPerMinute),
	}
}

// Failed logs that the caller of ctx failed to authenticate because of err, which must be a fault: errors
// of our own are no attempts. Attributes say more about the attempt; failures of one source that differ
// in them have a line each.
func (l *Log) Failed(ctx context.Context, err error, about ...slog.Attr) {
	failure, ok := fault.As(err)
	if !ok {
		return
	}
	from := source.From(ctx)
	leftOut, allowed := l.allow(source.Network(from) + slog.GroupValue(about...).String())
	if !allowed {
		return
	}
	attrs := append([]slog.Attr{slog.String("reason", string(failure.Reason))}, about...)
	if from.IsValid() {
		attrs = append(attrs, slog.String("source", from.String()))
	}
	if leftOut > 0 {
		attrs = append(attrs, slog.Int("left_out", leftOut))
	}
	l.logger.LogAttrs(ctx, slog.LevelWarn, l.message, attrs...)
}

// Refused logs that an authenticator refused the credential of a call. A call without one is no attempt,
// and neither is one whose credential could not be checked.
func (l *Log) Refused(ctx context.Context, credential string, err error) {
	if credential != "" && errors.Is(err, fault.Unauthenticated) {
		l.Failed(ctx, err)
	}
}

// allow reports whether to log a failure now, and how many were left out since the last that was logged.
func (l *Log) allow(key string) (leftOut int, allowed bool) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	at := &l.places[maphash.String(l.seed, key)%places]
	if now.Before(at.quietUntil) || !l.all.AllowN(now, 1) {
		at.leftOut++
		return 0, false
	}
	leftOut, at.leftOut, at.quietUntil = at.leftOut, 0, now.Add(pause)
	return leftOut, true
}
