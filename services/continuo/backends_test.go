package continuo_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"
)

// TestStoppedServiceAffectsOnlyItsCallers kills one service after the other behind the gateway. Its
// callers promptly get an error in their contract's form, callers of the other services are not
// affected, and after a restart all are served again.
func TestStoppedServiceAffectsOnlyItsCallers(t *testing.T) {
	for _, f := range forms {
		if len(f.programs) == 1 {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f)
			for _, gone := range f.programs[:3] {
				in.killOne(t, gone)
				for range 3 { // first on a connection that breaks, then without one
					in.checkUnavailable(t, gone)
				}
				in.checkServing(t, slices.DeleteFunc(slices.Clone(f.programs[:3]), func(s string) bool { return s == gone })...)
				in.awaitOneDown(t)
				in.launch(t, gone)
				in.awaitAllServing(t)
				in.checkServing(t, f.programs[:3]...)
			}
		})
	}
}

// killOne kills the process of one program, as in a crash.
func (in *installation) killOne(t *testing.T, program string) {
	t.Helper()
	at := slices.IndexFunc(in.processes, func(p *process) bool { return filepath.Base(p.command.Path) == program })
	if err := in.processes[at].command.Process.Kill(); err != nil {
		t.Fatalf("killing %s: %v", program, err)
	}
	if err := <-in.processes[at].ended; err == nil {
		t.Errorf("%s was killed, but its exit code is 0", program)
	}
	in.processes = slices.Delete(in.processes, at, at+1)
}

// checkServing checks that requests to the given services succeed.
func (in *installation) checkServing(t *testing.T, services ...string) {
	t.Helper()
	for _, c := range unavailable {
		if !slices.Contains(services, c.service) {
			continue
		}
		status, _, answer := in.send(t, c.method, c.path, map[string]string{"Content-Type": "application/json", "Accept": c.accept}, c.body)
		if status >= http.StatusMultipleChoices && c.accept != "text/xml" {
			t.Errorf("%s %s: status %d: %s", c.method, c.path, status, answer)
		}
	}
}
