//go:build !linux

package database

import (
	"syscall"
	"time"
)

// boundUnacknowledged leaves the system's own bound where it cannot be set alike.
func boundUnacknowledged(syscall.RawConn, time.Duration) error { return nil }
