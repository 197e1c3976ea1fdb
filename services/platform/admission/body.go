package admission

import "sync"

// Body is what a request's body takes of the budget of bytes. It is safe for concurrent use, since a
// stream can end while its next message is received.
type Body struct {
	of *budget
	by share

	mu       sync.Mutex
	held     int64
	released bool
}

// Parts of the budget of bytes that one tenant, and one source without a credential, may have.
const (
	tenantPart = 2
	sourcePart = 4
)

// Body returns the reservation of a body, which is empty at first. Release must be called in the end.
func (c *Controller) Body(by Caller) *Body {
	if by.Tenant == "" {
		return &Body{of: c.bodies, by: by.bySource(c.limits.BodyBytes / sourcePart)}
	}
	return &Body{of: c.bodies, by: share{byTenant, by.Tenant, c.limits.BodyBytes / tenantPart}}
}

// ProbeBody is like Body for a health check or a request for reflection. They have as many bytes again.
func (c *Controller) ProbeBody(by Caller) *Body {
	return &Body{of: c.probeBodies, by: by.bySource(c.limits.BodyBytes / sourcePart)}
}

// Grow reserves more bytes, or returns a fault if there is no room for them. After Release it reserves
// nothing.
func (b *Body) Grow(bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.released {
		return nil
	}
	if err := b.of.reserve(bytes, b.by); err != nil {
		return err
	}
	b.held += bytes
	return nil
}

// Held returns the number of reserved bytes.
func (b *Body) Held() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.held
}

// Shrink returns what is reserved beyond a number of bytes to the budget.
func (b *Body) Shrink(bytes int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shrink(bytes)
}

func (b *Body) shrink(bytes int64) {
	if extra := b.held - bytes; extra > 0 {
		b.of.release(extra, b.by)
		b.held = bytes
	}
}

// Release returns the reserved bytes to the budget.
func (b *Body) Release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shrink(0)
	b.released = true
}
