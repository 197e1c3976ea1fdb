package organisation

import (
	"cmp"
	"context"
	"hash/maphash"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// Limits are how often callers may try to sign in. A sixth of each may be used at once. Zero means the
// default.
type Limits struct {
	// PerMinute is for all attempts with a password together, by default 600.
	PerMinute int
	// PerSourcePerMinute is for the failed attempts from one source address, by default 60.
	PerSourcePerMinute int
}

const (
	defaultPerMinute          = 600
	defaultPerSourcePerMinute = 60
	// atOnce is the part of a limit that may be used at once.
	atOnce = 6
	// sourceCounters is the number of counters that all sources share.
	sourceCounters = 4096
	// trusted is how long a source counts as known after a user signed in from it.
	trusted = 24 * time.Hour
)

// attempts limits attempts to sign in, per source and in total, and never per user: an attacker slows
// its own source and not the owner of the name. Sources from which somebody has signed in are exempt
// from the total, so that many unknown sources together cannot keep known ones out.
//
// Sources share a fixed number of counters, selected by a hash with a random seed. A flood from many
// addresses therefore uses no memory, and nobody can exhaust another source's counter on purpose.
type attempts struct {
	perSource rate.Limit
	burst     int
	seed      maphash.Seed
	all       *rate.Limiter

	mu       sync.Mutex
	counters [sourceCounters]*counter
}

// counter counts the failed attempts of the sources that share it.
type counter struct {
	*rate.Limiter
	// known is when somebody last signed in from one of the sources, or the zero time.
	known time.Time
}

func newAttempts(limits Limits) *attempts {
	total := cmp.Or(limits.PerMinute, defaultPerMinute)
	perSource := cmp.Or(limits.PerSourcePerMinute, defaultPerSourcePerMinute)
	return &attempts{
		perSource: perMinute(perSource), burst: burst(perSource), seed: maphash.MakeSeed(),
		all: rate.NewLimiter(perMinute(total), burst(total)),
	}
}

func perMinute(limit int) rate.Limit { return rate.Limit(float64(limit) / time.Minute.Seconds()) }

func burst(limit int) int { return max(1, limit/atOnce) }

// begin counts an attempt to sign in with a password as failed. Call succeeded if it does not fail.
// The error is a RATE_LIMITED fault if the source of ctx, or all callers together, have tried too often.
func (a *attempts) begin(ctx context.Context, now time.Time) (succeeded func(), err error) {
	from := source.Network(source.From(ctx))
	forgive, known, err := a.beginFrom(from, now)
	if err != nil {
		return nil, err
	}
	if !a.all.AllowN(now, 1) && !known {
		forgive()
		return nil, limited("total", "too many callers are trying to sign in")
	}
	return func() {
		forgive()
		a.trust(from, now)
	}, nil
}

// beginFrom counts an attempt from a source and reports whether the source is known. forgive uncounts it.
// Calls from within the process have no source and no limit.
func (a *attempts) beginFrom(from string, now time.Time) (forgive func(), known bool, err error) {
	if from == "" {
		return func() {}, false, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	counted := a.counter(from)
	attempt := counted.ReserveN(now, 1)
	if attempt.DelayFrom(now) > 0 {
		attempt.CancelAt(now)
		return nil, false, limited("source", "too many failed attempts to sign in from this address")
	}
	known = !counted.known.IsZero() && now.Sub(counted.known).Abs() < trusted
	return func() { attempt.CancelAt(now) }, known, nil
}

// trust makes a source known.
func (a *attempts) trust(from string, now time.Time) {
	if from == "" {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.counter(from).known = now
}

// counter returns the counter of a source. The caller holds the lock.
func (a *attempts) counter(from string) *counter {
	place := maphash.String(a.seed, from) % sourceCounters
	if a.counters[place] == nil {
		a.counters[place] = &counter{Limiter: rate.NewLimiter(a.perSource, a.burst)}
	}
	return a.counters[place]
}

// limited counts a refused attempt and returns the fault. why is the limit that was reached.
func limited(why, text string) error {
	admission.Refused("sign-ins", why)
	return fault.New(fault.ResourceExhausted, reason.RateLimited, "%s; try again in a minute", text)
}
