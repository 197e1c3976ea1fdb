package continuo_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestWrongSettingsStopTheStart starts programs with settings that are wrong. Each must end with the
// documented exit code and one line that says why.
func TestWrongSettingsStopTheStart(t *testing.T) {
	t.Parallel()
	absent := filepath.Join(t.TempDir(), "absent")
	for settings, want := range map[string]string{
		"CONTINUO_CHANGE_RETENTION=-5h":                   "is not a duration of at least 0",
		"CONTINUO_MAX_CALLS=0":                            "is not a whole number of at least 1",
		"CONTINUO_TRUSTED_PROXIES=everyone":               "is not a network",
		"CONTINUO_TLS_CERT_FILE=" + absent:                "are needed together",
		"CONTINUO_MISSPELT=1":                             "is not a setting",
		"CONTINUO_AUTH=keys:" + absent:                    "no such file",
		"CONTINUO_AUTH=passwords":                         "must be off, keys:FILE or oidc:ISSUER",
		"CONTINUO_HTTP_ADDR=0.0.0.0:0":                    "is allowed on loopback addresses only",
		"CONTINUO_DEMO=true CONTINUO_AUTH=keys:" + absent: "is allowed with CONTINUO_AUTH=off only",
		"CONTINUO_ADMIN_ADDR=9190":                        "must be an address like 127.0.0.1:9190, or off",
		"OTEL_EXPORTER_OTLP_ENDPOINT=localhost:4318":      "is not a URL like http://127.0.0.1:4318",
	} {
		t.Run(settings, func(t *testing.T) {
			t.Parallel()
			in := prepare(t, forms[0], append([]string{"CONTINUO_DEMO=false"}, strings.Fields(settings)...)...)
			p := in.launch(t, "continuo")
			select {
			case err := <-p.ended:
				if err == nil {
					t.Error("the program ended without an error")
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("the program did not end\n%s", p.output)
			}
			in.processes = nil
			said := strings.TrimSpace(p.output.String())
			if code := p.command.ProcessState.ExitCode(); code != 80 || !strings.Contains(said, want) || strings.Contains(said, "\n") {
				t.Errorf("got exit code %d and %s", code, said)
			}
		})
	}
}
