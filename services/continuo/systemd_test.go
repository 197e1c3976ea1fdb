package continuo_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// startedProgram finds a program with its commands in a line of a unit.
var startedProgram = regexp.MustCompile(`/usr/local/bin/[a-z%-]+(?: [a-z][a-z-]*)*`)

// TestUnitsFitThePrograms checks every command and setting of the systemd units and their settings file.
func TestUnitsFitThePrograms(t *testing.T) {
	t.Parallel()
	units, err := filepath.Glob(deployFile("systemd", "*.service"))
	if err != nil || len(units) != 4 {
		t.Fatalf("got %d units, error %v", len(units), err)
	}
	settings := settingNames.FindAllString(read(t, deployFile("systemd", "continuo.env")), -1)
	for _, unit := range units {
		text := read(t, unit)
		commands := startedProgram.FindAllString(text, -1)
		if len(commands) != 1 {
			t.Errorf("%s starts %q, want one program", unit, commands)
			continue
		}
		for _, program := range []string{"customer-recurrence", "subscription", "recurring-billing", "gateway"} {
			checkCommand(t, unit, strings.Fields(strings.Replace(commands[0], "%i", program, 1)), nil)
		}
		if strings.HasSuffix(unit, "continuo.service") {
			checkCommand(t, unit, strings.Fields(commands[0]), append(settings, "CONTINUO_DATA_DIR"))
		}
		if !strings.Contains(text, "\nEnvironment=CONTINUO_DATA_DIR=/var/lib/continuo\n") || !strings.Contains(text, "\nProtectSystem=strict\n") {
			t.Errorf("%s does not set the data folder or does not protect the rest", unit)
		}
	}
}
