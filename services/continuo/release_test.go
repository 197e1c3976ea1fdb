package continuo_test

import (
	"crypto/sha256"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseIsStaticStampedAndReproducible builds a program of a release from two copies of the sources in different folders.
func TestReleaseIsStaticStampedAndReproducible(t *testing.T) {
	t.Parallel()
	const platform = "linux/amd64"
	var sums [2][sha256.Size]byte
	var program string
	for i := range sums {
		sources := copySources(t)
		make := exec.Command("make", "release-programs", "VERSION=v9.8.7", "PLATFORMS="+platform, "PROGRAMS=gateway")
		make.Dir = sources
		if out, err := make.CombinedOutput(); err != nil {
			t.Fatalf("make release-programs: %v\n%s", err, out)
		}
		program = filepath.Join(sources, "bin", "release", "gateway-linux-amd64")
		content, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(content)
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds of the same sources differ: %x, %x", sums[0], sums[1])
	}
	binary, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = binary.Close() }() // it was only read
	if needed, _ := binary.ImportedLibraries(); len(needed) > 0 || binary.Section(".interp") != nil {
		t.Errorf("the program is not static: it needs %v", needed)
	}
	if binary.Section(".symtab") != nil || binary.Section(".debug_info") != nil {
		t.Error("the program is not stripped")
	}
	if out, err := exec.Command(program, "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), "gateway v9.8.7 (go") {
		t.Errorf("gateway --version: %v\n%s", err, out)
	}
}

// TestBuildIsStamped reads the commands of `make build`, for a version and outside of git.
func TestBuildIsStamped(t *testing.T) {
	t.Parallel()
	for environment, want := range map[string]string{"VERSION=v9.8.7": "v9.8.7", "GIT_DIR=/nowhere": "devel"} {
		build := exec.Command("make", "--dry-run", "build")
		build.Dir, build.Env = filepath.Join("..", ".."), append(os.Environ(), environment)
		const stamp = "github.com/continuo-billing/continuo/services/platform/version.stamped="
		if out, err := build.CombinedOutput(); err != nil || !strings.Contains(string(out), "-X "+stamp+want+"'") {
			t.Errorf("make build with %s: %v\n%s", environment, err, out)
		}
	}
}

// copySources copies the sources that programs are built from to a new folder.
func copySources(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"Makefile", "go.work", "go.work.sum", "gen", "services"} {
		if out, err := exec.Command("cp", "-r", filepath.Join("..", "..", name), folder).CombinedOutput(); err != nil {
			t.Fatalf("copying the sources: %v\n%s", err, out)
		}
	}
	return folder
}

// TestOperatorsSmallCommands asks the built programs for versions, completions and health.
func TestOperatorsSmallCommands(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	for _, name := range []string{"continuo", "customer-recurrence", "subscription", "recurring-billing", "gateway"} {
		if out, err := exec.Command(filepath.Join(programs, name), "--version").CombinedOutput(); err != nil || !strings.HasPrefix(string(out), name+" ") {
			t.Errorf("%s --version: %v\n%s", name, err, out)
		}
	}
	if out := in.operator(t, "version"); !strings.HasPrefix(out, "continuo ") {
		t.Errorf("continuo version printed %q", out)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		if out := in.operator(t, "completion", shell); !strings.Contains(out, "complete") {
			t.Errorf("continuo completion %s printed %q", shell, out)
		}
	}
	complete := exec.Command(filepath.Join(programs, "continuo"))
	complete.Env = append(os.Environ(), "COMP_LINE=continuo migr")
	if out, err := complete.CombinedOutput(); err != nil || strings.TrimSpace(string(out)) != "migrate" {
		t.Errorf("completing `migr`: %v\n%s", err, out)
	}
	in.operator(t, "health")
	in.operator(t, "health", in.http+"/readyz")
	in.stop(t)
	down := exec.Command(filepath.Join(programs, "continuo"), "health")
	down.Env = in.env
	if out, err := down.CombinedOutput(); err == nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("the health of a stopped program: %v\n%s", err, out)
	}
}
