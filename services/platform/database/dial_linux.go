package database

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall does not name.
const tcpUserTimeout = 18

// boundUnacknowledged sets how long what was sent may stay unacknowledged.
func boundUnacknowledged(connection syscall.RawConn, bound time.Duration) error {
	var set error
	err := connection.Control(func(descriptor uintptr) {
		set = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, tcpUserTimeout, int(bound.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return set
}
