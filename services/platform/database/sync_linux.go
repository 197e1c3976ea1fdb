package database

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncData makes the contents of a file durable, as the engine does.
func syncData(file *os.File) error {
	opened, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var syncErr error
	err = opened.Control(func(descriptor uintptr) {
		for syncErr = unix.EINTR; errors.Is(syncErr, unix.EINTR); {
			syncErr = unix.Fdatasync(int(descriptor))
		}
	})
	return errors.Join(err, syncErr)
}

// forgetCached has the system read a file from the disk when it is read next.
func forgetCached(file *os.File) error {
	opened, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var adviseErr error
	err = opened.Control(func(descriptor uintptr) { adviseErr = unix.Fadvise(int(descriptor), 0, 0, unix.FADV_DONTNEED) })
	return errors.Join(err, adviseErr)
}
