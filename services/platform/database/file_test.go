package database_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
)

func TestFilesArePrivate(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "data")
	path := filepath.Join(folder, "store.db")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	// A store of an earlier version, which others could read.
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db := openFile(t, path)
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Own(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 4 {
		t.Fatalf("got files %v, %v", files, err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", file.Name(), info.Mode(), err)
		}
	}
}

func openFile(t *testing.T, path string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), "sqlite:"+path, counters)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func TestOneProgramOwnsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	first, second := openFile(t, path), openFile(t, path)
	if err := first.Own(); err != nil {
		t.Fatal(err)
	}
	if err := second.Own(); err == nil || !strings.Contains(err.Error(), "another program serves the store "+path) {
		t.Errorf("a second program: got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Own(); err != nil {
		t.Errorf("after the first has ended: got %v", err)
	}
}

// TestServedStoresAddOneProcessor serves two stores in a program, as an operator who has set GOMAXPROCS does, too.
func TestServedStoresAddOneProcessor(t *testing.T) {
	database.ServeNothing(t)
	for setting, more := range map[string]int{"": 1, "2": 0} {
		t.Setenv("GOMAXPROCS", setting)
		before := runtime.GOMAXPROCS(0)
		first, second := openFile(t, filepath.Join(t.TempDir(), "a.db")), openFile(t, filepath.Join(t.TempDir(), "b.db"))
		must(t, errors.Join(first.Own(), second.Own()))
		serving := runtime.GOMAXPROCS(0)
		must(t, first.Close())
		one := runtime.GOMAXPROCS(0)
		must(t, second.Close())
		if after := runtime.GOMAXPROCS(0); serving != before+more || one != serving || after != before {
			t.Errorf("GOMAXPROCS=%q: %d processors for two stores, %d for one, %d afterwards, where there were %d", setting, serving, one, after, before)
		}
	}
}

func TestOpenRefusesWhatCannotBeWritten(t *testing.T) {
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "store.db"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := database.Open(context.Background(), "sqlite:"+filepath.Join(folder, "store.db"), counters)
	if err == nil || !strings.Contains(err.Error(), "opening the store for writing") {
		t.Errorf("got %v", err)
	}
}

func TestOpenNamesAFolderThatCannotBeWritten(t *testing.T) {
	const folder = "/sys" // takes no files, not even from root
	_, err := database.Open(t.Context(), "sqlite:"+folder+"/store.db", counters)
	if err == nil || !strings.Contains(err.Error(), "the folder /sys cannot be written (") {
		t.Errorf("got %v", err)
	}
}
