package databasetest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestAbandonedClustersAreRemoved(t *testing.T) {
	ended := exec.CommandContext(t.Context(), "true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	below := t.TempDir()
	for name, stays := range map[string]bool{
		fmt.Sprintf("%s%d-1", folderPrefix, ended.Process.Pid): false,
		fmt.Sprintf("%s%d-2", folderPrefix, os.Getpid()):       true,
		folderPrefix + "of-somebody":                           true,
		fmt.Sprintf("other-%d-1", ended.Process.Pid):           true,
	} {
		folder := filepath.Join(below, name)
		if err := os.MkdirAll(filepath.Join(folder, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := removeAbandoned(below); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(folder); stays && err != nil || !stays && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, want that it stays: %t", name, err, stays)
		}
	}
}
