package continuo_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// TestRestoreDrill backs up an installation while it serves, restores it elsewhere, and compares the exports of both.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	folder := filepath.Join(t.TempDir(), "backup")
	before := exported(t, in)
	in.operator(t, "backup", folder)
	in.refuses(t, "backup", folder) // never over an older backup
	in.stop(t)

	data := filepath.Join(t.TempDir(), "data")
	restored := prepare(t, forms[0], "CONTINUO_DATA_DIR="+data, "CONTINUO_DEMO=false")
	restored.operator(t, "restore", folder)
	restored.refuses(t, "restore", folder) // never over a store
	for _, path := range []string{folder, data} {
		files, err := filepath.Glob(filepath.Join(path, "*"))
		if err != nil || len(files) != 3 {
			t.Errorf("%s holds %v: %v", path, files, err)
		}
		for _, file := range files {
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v, others may read it", file, info.Mode(), err)
			}
		}
	}
	copyKey(t, in, data)
	restored.start(t)
	if after := exported(t, restored); after != before || before == "" {
		t.Errorf("the export after the restore differs:\n%s\nbefore:\n%s", after, before)
	}
}

// TestDamagedBackupIsNotRestored restores a backup with a file that is not a store.
func TestDamagedBackupIsNotRestored(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	folder, data := filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "data")
	in.operator(t, "backup", folder)
	if err := os.WriteFile(filepath.Join(folder, "subscription.db"), []byte("not a store, but long enough to be taken for one"), 0o600); err != nil {
		t.Fatal(err)
	}
	restored := prepare(t, forms[0], "CONTINUO_DATA_DIR="+data)
	restored.refuses(t, "restore", folder)
	if left, err := os.ReadDir(data); err != nil || len(left) > 0 {
		t.Errorf("a failed restore leaves %v: %v", left, err)
	}
}

// exported returns the export of an installation.
func exported(t *testing.T, in *installation) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "export.ndjson")
	in.operator(t, "export", file)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refuses runs an operator's command that must fail.
func (in *installation) refuses(t *testing.T, args ...string) {
	t.Helper()
	command := exec.Command(filepath.Join(programs, "continuo"), args...)
	command.Env = in.env
	if out, err := command.CombinedOutput(); err == nil {
		t.Errorf("continuo %v succeeded:\n%s", args, out)
	}
}

// copyKey copies the sealing key of an installation, which is no part of its backup, to a data folder.
func copyKey(t *testing.T, from *installation, data string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(from.setting("CONTINUO_DATA_DIR"), sealing.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, sealing.FileName), text, 0o600); err != nil {
		t.Fatal(err)
	}
}
