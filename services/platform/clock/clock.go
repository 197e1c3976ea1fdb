// Package clock provides the time through an interface, so that tests can control it.
package clock

import (
	"sync"
	"time"
)

// Clock provides the current time.
type Clock interface {
	// Now returns the current time.
	Now() time.Time
}

// System is the machine's clock, in UTC.
type System struct{}

// Now returns the current time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Fake is a clock that moves only when told to. It is safe for concurrent use.
type Fake struct {
	mu  sync.Mutex
	now time.Time
}

// NewFake returns a fake clock set to start.
func NewFake(start time.Time) *Fake { return &Fake{now: start} }

// Now returns the time that the clock is set to.
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

// Set sets the clock.
func (f *Fake) Set(to time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = to
}
