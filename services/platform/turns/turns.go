// Package turns bounds how much expensive work runs at once, and lets those who wait for a place take
// turns: first the tenants, and within a tenant its keys. So the wait of one tenant grows with the
// number of tenants, not with what the others ask for.
//
//	done, err := reads.Take(ctx, turns.Holder{Tenant: "a", Key: "k"})
//	...
//	defer done()
//
// Package admission refuses what is beyond a budget; use this package for work that is admitted and can
// wait. A semaphore.Weighted of x/sync serves its waiters in the order of arrival, however many of them
// belong to one tenant.
package turns

import (
	"context"
	"slices"
	"sync"
)

// Holder is who has or wants a place.
type Holder struct{ Tenant, Key string }

// Turns are a number of places. They are safe for concurrent use.
type Turns struct {
	most, mostPerTenant int

	mu      sync.Mutex
	running int
	tenants map[string]*tenant
	// order lists the tenants that wait; the next turn is the first one's.
	order []string
}

// tenant is a tenant with places or waiters.
type tenant struct {
	running int
	waiting map[string][]*waiter
	// order lists the keys that wait; the next turn is the first one's.
	order []string
}

// waiter waits until granted is closed, unless it left.
type waiter struct {
	granted chan struct{}
	left    bool
}

// New returns a number of places, of which each tenant has at most mostPerTenant at once.
func New(most, mostPerTenant int) *Turns {
	return &Turns{most: most, mostPerTenant: mostPerTenant, tenants: map[string]*tenant{}}
}

// Take waits for a place, or until ctx ends, and returns its error then. done must be called once.
func (t *Turns) Take(ctx context.Context, by Holder) (done func(), err error) {
	w := t.join(by)
	select {
	case <-w.granted:
	case <-ctx.Done():
		t.mu.Lock()
		defer t.mu.Unlock()
		select {
		case <-w.granted:
			t.release(by.Tenant)
		default:
			w.left = true
		}
		return nil, ctx.Err() //nolint:wrapcheck // the caller's own
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.release(by.Tenant)
	}, nil
}

// join makes a holder wait, and grants what is free.
func (t *Turns) join(by Holder) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	of := t.tenants[by.Tenant]
	if of == nil {
		of = &tenant{waiting: map[string][]*waiter{}}
		t.tenants[by.Tenant] = of
	}
	if len(of.order) == 0 {
		t.order = append(t.order, by.Tenant)
	}
	if len(of.waiting[by.Key]) == 0 {
		of.order = append(of.order, by.Key)
	}
	w := &waiter{granted: make(chan struct{})}
	of.waiting[by.Key] = append(of.waiting[by.Key], w)
	t.grant()
	return w
}

// release frees a place of a tenant, and grants it to who is next.
func (t *Turns) release(name string) {
	t.running--
	t.tenants[name].running--
	t.drop(name)
	t.grant()
}

// drop forgets a tenant that has no place and waits for none.
func (t *Turns) drop(name string) {
	if of := t.tenants[name]; of.running == 0 && len(of.order) == 0 {
		delete(t.tenants, name)
	}
}

// grant gives the free places to those whose turn it is.
func (t *Turns) grant() {
	for t.running < t.most {
		i := slices.IndexFunc(t.order, func(name string) bool { return t.tenants[name].running < t.mostPerTenant })
		if i < 0 {
			return
		}
		name := t.order[i]
		of := t.tenants[name]
		t.order = slices.Delete(t.order, i, i+1)
		w := of.next()
		if len(of.order) > 0 {
			t.order = append(t.order, name)
		}
		if w.left {
			t.drop(name)
			continue
		}
		t.running++
		of.running++
		close(w.granted)
	}
}

// next removes and returns the waiter whose turn it is.
func (t *tenant) next() *waiter {
	key := t.order[0]
	t.order = t.order[1:]
	w := t.waiting[key][0]
	if rest := t.waiting[key][1:]; len(rest) > 0 {
		t.waiting[key], t.order = rest, append(t.order, key)
	} else {
		delete(t.waiting, key)
	}
	return w
}
