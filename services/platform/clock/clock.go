// Package clock lets code ask for the time through an interface, so that tests decide what time it is.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time.
type Clock interface {
	// Now is the present instant.
	Now() time.Time
}

// System is the machine's clock, in UTC.
type System struct{}

// Now is the machine's present instant in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Fake is a clock that stands still until it is moved. It is safe for concurrent use.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake is a fake clock that shows start.
func NewFake(start time.Time) *Fake { return &Fake{now: start} }

// Now is the instant the clock was last set to.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock by a duration, which may be negative.
func (f *Fake) Advance(by time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(by)
}

// Set moves the clock to an instant.
func (f *Fake) Set(to time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = to
}
