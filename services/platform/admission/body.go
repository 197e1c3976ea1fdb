package admission

// Body is what a request's body takes of the budget of bytes. It is used by one goroutine.
type Body struct {
	control *Controller
	of      share
	held    int64
}

// Parts of the budget of bytes that one tenant, and one source without a credential, may have.
const (
	tenantPart = 2
	sourcePart = 4
)

// Body returns the reservation of a body, which is empty at first. Release must be called in the end.
func (c *Controller) Body(by Caller) *Body {
	if by.Tenant == "" {
		return &Body{control: c, of: share{bySource, by.Source, c.limits.BodyBytes / sourcePart}}
	}
	return &Body{control: c, of: share{byTenant, by.Tenant, c.limits.BodyBytes / tenantPart}}
}

// Grow reserves more bytes, or returns a fault if there is no room for them.
func (b *Body) Grow(bytes int64) error {
	if err := b.control.bodies.reserve(bytes, b.of); err != nil {
		return err
	}
	b.held += bytes
	return nil
}

// Release returns the reserved bytes to the budget.
func (b *Body) Release() {
	if b.held > 0 {
		b.control.bodies.release(b.held, b.of)
		b.held = 0
	}
}
