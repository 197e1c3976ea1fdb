package databasetest

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/sealing"
)

var keyFile struct {
	sync.Mutex
	folder string
}

// KeyFile returns the file with the sealing key for a store at a URL: the same one for all PostgreSQL
// stores of a test binary. A SQLite store makes its own, and the result is empty.
func KeyFile(t testing.TB, url string) string {
	t.Helper()
	if strings.HasPrefix(url, "sqlite:") {
		return ""
	}
	keyFile.Lock()
	defer keyFile.Unlock()
	if keyFile.folder == "" {
		folder, err := os.MkdirTemp("", "continuo-sealing-*") // it outlives the test
		if err != nil {
			t.Fatal(err)
		}
		if err := sealing.New(filepath.Join(folder, sealing.FileName)); err != nil {
			t.Fatal(err)
		}
		keyFile.folder = folder
	}
	return filepath.Join(keyFile.folder, sealing.FileName)
}

func removeKeyFile() error {
	if keyFile.folder == "" {
		return nil
	}
	return os.RemoveAll(keyFile.folder)
}
