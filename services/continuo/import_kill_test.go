package continuo_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestImportSurvivesKills kills the services and the importing program at random times, and resumes
// the import each time. In the end every line of the file must be imported once.
func TestImportSurvivesKills(t *testing.T) {
	for _, f := range []form{forms[0], forms[3]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			const items = 20_000
			file := itemsFile(t, items)
			for range 3 {
				program, ended := in.startImport(t, file)
				time.Sleep(50*time.Millisecond + rand.N(200*time.Millisecond))
				in.kill(t)
				if rand.N(2) == 0 {
					killErr := program.Process.Kill() // fails if it has already finished
					t.Logf("killing the import: %v; it ended with %v", killErr, <-ended)
					in.start(t)
					continue
				}
				in.start(t)
				if err := <-ended; err != nil {
					t.Fatalf("importing while the services were killed: %v\n%s", err, program.Stderr)
				}
			}
			program, ended := in.startImport(t, file)
			if err := <-ended; err != nil {
				t.Fatalf("resuming the import: %v\n%s", err, program.Stderr)
			}
			created := map[string]int{}
			for _, e := range in.settledFeed(t, "recurring-billing") {
				if strings.HasPrefix(e.resource, "items/IMPORT-") {
					created[e.resource]++
				}
			}
			for name, times := range created {
				if times != 1 {
					t.Errorf("%s is in the feed %d times, want once", name, times)
				}
			}
			if len(created) != items {
				t.Errorf("got %d items, want %d", len(created), items)
			}
			in.effects(t)
		})
	}
}

// itemsFile returns a file of newline-delimited JSON with the given number of items.
func itemsFile(t *testing.T, items int) string {
	t.Helper()
	var lines bytes.Buffer
	for number := range items {
		fmt.Fprintf(&lines, `{"@type":"type.googleapis.com/continuo.recurringbilling.v1.Item","name":"items/IMPORT-%d","description":"number %d"}`+"\n", number, number)
	}
	file := filepath.Join(t.TempDir(), "items.ndjson")
	if err := os.WriteFile(file, lines.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// startImport starts the import of a file, or resumes it if it was interrupted.
func (in *installation) startImport(t *testing.T, file string) (*exec.Cmd, <-chan error) {
	t.Helper()
	args := []string{"import", file}
	if _, err := os.Stat(file + ".progress"); err == nil {
		args = []string{"import", "--resume", file}
	}
	program := exec.Command(filepath.Join(programs, "continuo"), args...)
	program.Env, program.Stderr = in.env, &lockedBuffer{}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- program.Wait() }()
	return program, ended
}
