package database

import (
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT of tcp(7), which package syscall does not define.
const tcpUserTimeout = 18

// setUnacknowledgedTimeout limits how long sent data may stay unacknowledged.
func setUnacknowledgedTimeout(connection syscall.RawConn, limit time.Duration) error {
	var set error
	err := connection.Control(func(descriptor uintptr) {
		set = syscall.SetsockoptInt(int(descriptor), syscall.IPPROTO_TCP, tcpUserTimeout, int(limit.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return set
}
