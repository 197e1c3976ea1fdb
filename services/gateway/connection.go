package gateway

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/connectivity"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

// Connection is a connection to a service. Calls, streams and health checks have transports of their
// own, since the calls on one transport share its flow control and its number of open streams.
type Connection struct{ calls, streams, health *grpc.ClientConn }

// Connect returns a connection to a target of gRPC. It does not wait until it is made.
func Connect(target string, options ...grpc.DialOption) (*Connection, error) {
	connection := &Connection{}
	for _, transport := range []**grpc.ClientConn{&connection.calls, &connection.streams, &connection.health} {
		made, err := grpc.NewClient(target, options...)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("connecting to %s: %w", target, err), connection.Close())
		}
		*transport = made
	}
	return connection, nil
}

// healthMethods begins the names of the methods of health checks.
var healthMethods = "/" + healthpb.Health_ServiceDesc.ServiceName + "/"

// Invoke performs a unary call. A health check succeeds only once the other transports can be used too.
func (c *Connection) Invoke(ctx context.Context, method string, request, answer any, options ...grpc.CallOption) error {
	if !strings.HasPrefix(method, healthMethods) {
		return c.calls.Invoke(ctx, method, request, answer, options...) //nolint:wrapcheck // a status
	}
	if err := c.health.Invoke(ctx, method, request, answer, options...); err != nil {
		return err //nolint:wrapcheck // a status
	}
	return c.revive(ctx)
}

// revive connects transports that still wait after an outage, since the service answers again.
func (c *Connection) revive(ctx context.Context) error {
	for _, transport := range []*grpc.ClientConn{c.calls, c.streams} {
		if transport.GetState() == connectivity.TransientFailure {
			transport.ResetConnectBackoff()
		}
		for state := transport.GetState(); state == connectivity.TransientFailure || state == connectivity.Connecting; state = transport.GetState() {
			if !transport.WaitForStateChange(ctx, state) {
				return fmt.Errorf("connecting to a service again: %w", ctx.Err())
			}
		}
	}
	return nil
}

// NewStream begins a stream.
func (c *Connection) NewStream(ctx context.Context, description *grpc.StreamDesc, method string, options ...grpc.CallOption) (grpc.ClientStream, error) {
	return c.streams.NewStream(ctx, description, method, options...) //nolint:wrapcheck // a status
}

// Close closes all transports.
func (c *Connection) Close() error {
	var failed []error
	for _, transport := range []*grpc.ClientConn{c.calls, c.streams, c.health} {
		if transport != nil {
			failed = append(failed, transport.Close())
		}
	}
	return errors.Join(failed...)
}
