//go:build !linux

package database

import "os"

// syncData makes the contents of a file durable.
func syncData(file *os.File) error { return file.Sync() }

// forgetCached leaves it to the system from where a file is read.
func forgetCached(*os.File) error { return nil }
