package continuo_test

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestPrintedLinesWorkAsPasted pastes every line that `make run` prints into a shell, at the top of the repository.
func TestPrintedLinesWorkAsPasted(t *testing.T) {
	in := install(t, forms[0], "CONTINUO_HINTS=true")
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	deadline := time.Now().Add(5 * time.Second)
	for !strings.Contains(in.logs(), "UpdateCustomerRecurring") && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond) // the lines are printed when everything listens
	}
	for line := range strings.Lines(in.logs()) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "curl ") && !strings.HasPrefix(line, ".tools/bin/grpcurl ") {
			continue
		}
		lines++
		shell := exec.Command("bash", "-c", strings.Replace(line, "curl -s", "curl --fail-with-body -s", 1))
		shell.Dir = top
		if out, err := shell.CombinedOutput(); err != nil {
			t.Errorf("%s\n%v\n%s", line, err, out)
		}
	}
	if lines < 9 {
		t.Errorf("only %d lines to paste were found:\n%s", lines, in.logs())
	}
}
