package admission

import (
	"net"
	"sync"

	"github.com/continuo-billing/continuo/services/platform/source"
)

// Listener returns a listener that closes connections beyond the budgets as soon as they are made.
// Connections within this process are not counted.
//
// netutil.LimitListener would leave them waiting instead, and has no limit per source.
func (c *Controller) Listener(inner net.Listener) net.Listener { return &listener{inner, c} }

type listener struct {
	net.Listener
	control *Controller
}

// Accept returns the next connection that is within the budgets.
func (l *listener) Accept() (net.Conn, error) {
	for {
		connection, err := l.Listener.Accept()
		if err != nil {
			return nil, err //nolint:wrapcheck // servers compare it
		}
		address := source.Of(connection.RemoteAddr())
		if !address.IsValid() {
			return connection, nil
		}
		of := share{bySource, source.Network(address), l.control.limits.ConnectionsPerSource}
		if l.control.proxies.Trust(address) {
			of.name = ""
		}
		release, err := l.control.connections.take(of)
		if err != nil {
			_ = connection.Close() // nothing was sent
			continue
		}
		return &counted{Conn: connection, release: sync.OnceFunc(release)}, nil
	}
}

// counted is a connection that counts until it is closed.
type counted struct {
	net.Conn
	release func()
}

// Close closes the connection and frees its place.
func (c *counted) Close() error {
	c.release()
	return c.Conn.Close() //nolint:wrapcheck // servers compare it
}
