// Package admission decides what a server takes on before it reads a request: connections, calls,
// streams, and bytes of bodies, in total and by tenant, credential and source. What is beyond a budget
// is refused at once; nothing waits. Servers use one Controller each.
package admission

import (
	"cmp"
	"net/netip"
	"time"

	"github.com/continuo-billing/continuo/services/platform/source"
)

// Limits are the budgets of a server. 0 means the default of a field.
type Limits struct {
	// Connections and ConnectionsPerSource bound open connections. Trusted proxies count in total only.
	Connections, ConnectionsPerSource int64
	// Calls, CallsPerTenant and CallsPerSource bound unary calls in flight. Callers without a
	// credential count by source.
	Calls, CallsPerTenant, CallsPerSource int64
	// Streams, StreamsPerTenant and StreamsPerKey bound open streams.
	Streams, StreamsPerTenant, StreamsPerKey int64
	// BodyBytes bounds the memory of request bodies and messages, as they come and once they are
	// parsed. A tenant may have half of it, and a source without a credential a quarter.
	BodyBytes int64
}

// Settings say how a server is exposed.
type Settings struct {
	// Limits are the budgets.
	Limits Limits
	// Proxies are the networks whose X-Forwarded-For counts. Nil means loopback.
	Proxies source.Proxies
	// DrainTimeout is how long running calls may take when the server stops. 0 means 20 seconds.
	DrainTimeout time.Duration
}

// DefaultLimits suit one machine.
var DefaultLimits = Limits{
	Connections: 4000, ConnectionsPerSource: 1000,
	Calls: 512, CallsPerTenant: 256, CallsPerSource: 64,
	Streams: 1000, StreamsPerTenant: 200, StreamsPerKey: 100,
	BodyBytes: 256 << 20,
}

const defaultDrainTimeout = 20 * time.Second

// WithDefaults returns the settings with the defaults for what is not set.
func (s Settings) WithDefaults() Settings {
	l, d := s.Limits, DefaultLimits
	s.Limits = Limits{
		Connections: cmp.Or(l.Connections, d.Connections), ConnectionsPerSource: cmp.Or(l.ConnectionsPerSource, d.ConnectionsPerSource),
		Calls: cmp.Or(l.Calls, d.Calls), CallsPerTenant: cmp.Or(l.CallsPerTenant, d.CallsPerTenant), CallsPerSource: cmp.Or(l.CallsPerSource, d.CallsPerSource),
		Streams: cmp.Or(l.Streams, d.Streams), StreamsPerTenant: cmp.Or(l.StreamsPerTenant, d.StreamsPerTenant), StreamsPerKey: cmp.Or(l.StreamsPerKey, d.StreamsPerKey),
		BodyBytes: cmp.Or(l.BodyBytes, d.BodyBytes),
	}
	if s.Proxies == nil {
		s.Proxies = source.Loopback
	}
	s.DrainTimeout = cmp.Or(s.DrainTimeout, defaultDrainTimeout)
	return s
}

// Caller is whose budgets a request uses.
type Caller struct {
	// Tenant and Key identify the credential. They are empty without one.
	Tenant, Key string
	// Source is the address that the request comes from. It is not valid for callers in this process.
	Source netip.Addr
}

// bySource returns the share of the caller's network in a budget.
func (c Caller) bySource(most int64) share { return share{bySource, source.Network(c.Source), most} }

// Controller holds the budgets of one server. It is safe for concurrent use.
type Controller struct {
	limits                                                             Limits
	proxies                                                            source.Proxies
	connections, received, calls, streams, probes, bodies, probeBodies *budget
}

// New returns a controller with all budgets free.
func New(settings Settings) *Controller {
	settings = settings.WithDefaults()
	l := settings.Limits
	return &Controller{
		limits: l, proxies: settings.Proxies,
		connections: newBudget("connections", l.Connections),
		received:    newBudget("requests", l.Calls+l.Streams),
		calls:       newBudget("calls", l.Calls),
		streams:     newBudget("streams", l.Streams),
		probes:      newBudget("probes", l.Calls),
		bodies:      newBudget("body bytes", l.BodyBytes),
		probeBodies: newBudget("body bytes of probes", l.BodyBytes),
	}
}

// Receive admits a request whose message is not read and whose caller is not known yet. release must
// be called once.
func (c *Controller) Receive() (release func(), err error) { return c.received.take() }

// Call admits a unary call. Tenants share the last quarter of the budget equally. release must be
// called once.
func (c *Controller) Call(by Caller) (release func(), err error) {
	if by.Tenant == "" {
		return c.calls.takeShare(by.bySource(c.limits.CallsPerSource))
	}
	return c.calls.takeShare(share{byTenant, by.Tenant, c.limits.CallsPerTenant})
}

// Stream admits a stream, like Call.
func (c *Controller) Stream(by Caller) (release func(), err error) {
	if by.Tenant == "" {
		return c.streams.takeShare(by.bySource(c.limits.CallsPerSource))
	}
	return c.streams.take(
		share{byTenant, by.Tenant, c.limits.StreamsPerTenant}, share{byKey, by.Tenant + "\x00" + by.Key, c.limits.StreamsPerKey})
}

// Probe admits a health check or a request for reflection, which neither use the budgets of calls nor
// wait for them.
func (c *Controller) Probe(by Caller) (release func(), err error) {
	return c.probes.takeShare(by.bySource(c.limits.CallsPerSource))
}
