package database_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
)

// TestBackupOfLiveStore backs a store up between writes, and reads what was committed before.
func TestBackupOfLiveStore(t *testing.T) {
	folder := t.TempDir()
	db := openFile(t, filepath.Join(folder, "store.db"))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	add := func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO counters SELECT 't', 'c' || count(*), 1 FROM counters`)
		return err
	}
	if err := db.Write(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(folder, "backup.db")
	// A transaction that is open meanwhile neither waits for the backup nor is part of it.
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return errors.Join(add(ctx, tx), db.Backup(ctx, to))
	}); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: got %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".backup*")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := db.Backup(t.Context(), to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file that exists: got %v", err)
	}
	for path, want := range map[string]int{to: 1, filepath.Join(folder, "store.db"): 2} {
		got := 0
		store := openFile(t, path)
		err := store.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			return tx.QueryRowContext(ctx, `SELECT count(*) FROM counters`).Scan(&got)
		})
		if err = errors.Join(err, store.Ready(t.Context())); err != nil || got != want {
			t.Errorf("%s: got %d counters, %v, want %d", path, got, err, want)
		}
	}
}
