//go:build !linux

package database

import (
	"syscall"
	"time"
)

// setUnacknowledgedTimeout keeps the system's own limit.
func setUnacknowledgedTimeout(syscall.RawConn, time.Duration) error { return nil }
