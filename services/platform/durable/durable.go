// Package durable makes files survive a crash of the machine.
package durable

import (
	"errors"
	"fmt"
	"os"
)

// SyncFolder makes the names in a folder durable, after a file was made, renamed or linked there.
func SyncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("making the names in %s durable: %w", path, err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("making the names in %s durable: %w", path, err)
	}
	return nil
}
