package database

import (
	"context"
	"net"
	"syscall"
	"time"
)

// A connection whose other end has silently disappeared is closed after this time, whether it is
// idle or waits for an acknowledgement. The system's own limits exceed ten minutes, during which
// calls without a deadline would hang.
const (
	keepaliveIdle     = 15 * time.Second
	keepaliveInterval = 5 * time.Second
	keepaliveProbes   = 3
	unacknowledged    = keepaliveIdle + keepaliveProbes*keepaliveInterval
)

// dial connects to PostgreSQL over TCP or a Unix socket.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveProbes},
		Control: func(network, _ string, connection syscall.RawConn) error {
			if network == "unix" {
				return nil
			}
			return setUnacknowledgedTimeout(connection, unacknowledged)
		},
	}
	return dialer.DialContext(ctx, network, address)
}
