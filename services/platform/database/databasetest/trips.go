package databasetest

import (
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// Trips counts the round trips to a PostgreSQL server that pass through it.
type Trips struct {
	count atomic.Int64
	loses atomic.Bool
}

// Count returns how many round trips there were.
func (c *Trips) Count() int64 { return c.count.Load() }

// LoseAnswer cuts the connection of the next answer, which is lost.
func (c *Trips) LoseAnswer() { c.loses.Store(true) }

// Counted returns a URL that reaches the PostgreSQL server of another through a proxy, which counts the
// round trips until the test ends.
func Counted(t testing.TB, address string) (string, *Trips) {
	t.Helper()
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	trips, host := &Trips{}, server.Host
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go trips.pass(client, host)
		}
	}()
	return strings.Replace(address, host, listener.Addr().String(), 1), trips
}

// pass copies in both directions. Whatever the client sends after an answer is a new round trip.
func (c *Trips) pass(client net.Conn, host string) {
	server, err := net.Dial("tcp", host) //nolint:noctx // it ends with the client's connection
	if err != nil {
		_ = client.Close()
		return
	}
	var answered atomic.Bool
	answered.Store(true)
	go func() {
		_, _ = io.Copy(noting{client, func() error {
			answered.Store(true)
			if c.loses.Swap(false) {
				return errors.New("the answer is lost")
			}
			return nil
		}}, server)
		_ = client.Close()
	}()
	_, _ = io.Copy(noting{server, func() error {
		if answered.Swap(false) {
			c.count.Add(1)
		}
		return nil
	}}, client)
	_ = server.Close()
}

// noting calls note before each write, which it may refuse.
type noting struct {
	io.Writer
	note func() error
}

// Write writes.
func (n noting) Write(part []byte) (int, error) {
	if err := n.note(); err != nil {
		return 0, err
	}
	return n.Writer.Write(part)
}

// Least returns the least round trips of several calls of do: the first ones also connect and prepare their
// statements, and others coincide with work in the background.
func (c *Trips) Least(do func()) int64 {
	const calls = 25
	least := int64(1 << 30)
	for range calls {
		before := c.Count()
		do()
		least = min(least, c.Count()-before)
	}
	return least
}
