package continuo_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// deployFile returns the path of a file in deploy/.
func deployFile(elements ...string) string {
	return filepath.Join(append([]string{"..", "..", "deploy"}, elements...)...)
}

// settingNames finds the names of settings in a text.
var settingNames = regexp.MustCompile(`\bCONTINUO_[A-Z_]*[A-Z]\b`)

// checkCommand fails the test unless a program has a command line, with its commands and flags, and reads each of the settings.
func checkCommand(t *testing.T, where string, line, settings []string) {
	t.Helper()
	if len(line) == 0 || filepath.Dir(line[0]) != "/usr/local/bin" {
		t.Errorf("%s: %v is not a program in /usr/local/bin", where, line)
		return
	}
	help, err := exec.Command(filepath.Join(programs, filepath.Base(line[0])), append(line[1:len(line):len(line)], "--help")...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v: %v\n%s", where, line, err, help)
		return
	}
	for _, setting := range settings {
		if !strings.Contains(string(help), "($"+setting+")") {
			t.Errorf("%s: %v does not read %s", where, line, setting)
		}
	}
}

// TestDeployedCommandsAreChecked checks that checkCommand's source, a program's help, tells right from wrong.
func TestDeployedCommandsAreChecked(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"migrate up": true, "serve --http-addr=:1": true, "migrate down": false, "serv": false, "serve --http-address=:1": false,
	} {
		_, err := exec.Command(filepath.Join(programs, "continuo"), append(strings.Fields(line), "--help")...).CombinedOutput()
		if (err == nil) != want {
			t.Errorf("continuo %s --help: got %v", line, err)
		}
	}
}
