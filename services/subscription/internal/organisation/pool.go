package organisation

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/admission"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

// poolQueue is how many callers can wait for a hash. The last of them waits about a second.
const poolQueue = 16

// pool limits how many passwords are hashed at a time, so that callers without a credential leave
// processors to the others. It refuses callers beyond its queue at once.
type pool struct {
	slots chan struct{}
	// places is how many callers can be in the pool, hashing or waiting. One source can take half.
	places int

	mu      sync.Mutex
	inside  int
	sources map[string]int
}

// newPool returns a pool that hashes on half of the processors, and on one at least.
func newPool() *pool {
	workers := max(1, runtime.GOMAXPROCS(0)/2)
	return &pool{slots: make(chan struct{}, workers), places: workers + poolQueue, sources: map[string]int{}}
}

// acquire waits for a free processor. It returns a RATE_LIMITED fault at once if too many callers, or
// too many from the caller's source, are waiting already.
func (p *pool) acquire(ctx context.Context) (done func(), err error) {
	from := source.Network(source.From(ctx))
	if why := p.enter(from); why != "" {
		admission.Refused("passwords", why)
		return nil, fault.New(fault.ResourceExhausted, reason.RateLimited, "too many callers are signing in; try again in a few seconds")
	}
	select {
	case p.slots <- struct{}{}:
		return func() {
			<-p.slots
			p.leave(from)
		}, nil
	case <-ctx.Done():
		p.leave(from)
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
}

// enter takes a place in the pool, or returns why there is none: in total, or for the source.
func (p *pool) enter(from string) (why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.inside >= p.places:
		return "total"
	case from != "" && p.sources[from] >= p.places/2:
		return "source"
	}
	p.inside++
	p.sources[from]++
	return ""
}

func (p *pool) leave(from string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inside--
	if p.sources[from]--; p.sources[from] == 0 {
		delete(p.sources, from)
	}
}
