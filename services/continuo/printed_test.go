package continuo_test

import (
	"bufio"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestPrintedLinesWorkAsPasted pastes every line that `make run` prints into a shell, at the top of the repository.
func TestPrintedLinesWorkAsPasted(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0], "CONTINUO_HINTS=true")
	deadline := time.Now().Add(5 * time.Second)
	for !strings.Contains(in.logs(), "UpdateCustomerRecurring") && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond) // the lines are printed when everything listens
	}
	lines := 0
	for line := range strings.Lines(in.logs()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "curl ") || strings.HasPrefix(line, ".tools/bin/grpcurl ") {
			lines++
			in.paste(t, line)
		}
	}
	if lines < 9 {
		t.Errorf("only %d lines to paste were found:\n%s", lines, in.logs())
	}
}

// TestTheREADMEsCommandsWorkAsPasted runs the commands of the README's shell blocks in their order against a fresh
// installation, its own addresses in the place of the printed ones. Blocks that build, start or test everything are run
// by whoever runs this test.
func TestTheREADMEsCommandsWorkAsPasted(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		if strings.HasPrefix(block[1], "make ") {
			continue
		}
		lines := bufio.NewScanner(strings.NewReader(block[1]))
		for lines.Scan() {
			if line := strings.TrimSpace(lines.Text()); line != "" && !strings.HasPrefix(line, "#") {
				commands++
				in.paste(t, line)
			}
		}
	}
	if commands < 20 {
		t.Errorf("only %d commands were found in the README", commands)
	}
}

// TestTheREADMEsReplicasServe runs the README's block for two replicas of each service on PostgreSQL as one script.
func TestTheREADMEsReplicasServe(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```sh replicas\n(.*?)^```$").FindStringSubmatch(string(text))
	if block == nil {
		t.Fatal("the README has no such block")
	}
	server, err := url.Parse(databasetest.URL(t, database.PostgreSQL))
	if err != nil {
		t.Fatal(err)
	}
	replacements := []string{"PGPORT=5432", "PGPORT=" + server.Port(), "bin/", programs + "/"}
	for _, printed := range []string{"127.0.0.1:9101", "127.0.0.1:9111", "127.0.0.1:9102", "127.0.0.1:9112", "127.0.0.1:9103", "127.0.0.1:9113", "127.0.0.1:8080"} {
		replacements = append(replacements, printed, freeAddress(t))
	}
	// A free address in the place of the printed one; the gateway's default is printed only where it is called.
	gateway := replacements[len(replacements)-1]
	shell := exec.Command("bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p); wait' EXIT\n"+strings.NewReplacer(replacements...).Replace(block[1]))
	shell.Env = append(os.Environ(), "CONTINUO_HTTP_ADDR="+gateway)
	out, err := shell.CombinedOutput()
	if err != nil || !strings.Contains(string(out), `"status":"serving"`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// paste runs a command at the top of the repository with this installation in the place of the one the documentation
// names. A refusal by the gateway is a failure.
func (in *installation) paste(t *testing.T, line string) {
	t.Helper()
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	command := strings.NewReplacer(
		"http://127.0.0.1:8080", in.http, "127.0.0.1:9101", in.customerRecurrence, "127.0.0.1:9102", in.subscription,
		"127.0.0.1:9103", in.recurringBilling, "curl -s", "curl --fail-with-body -s", "bin/continuo", filepath.Join(programs, "continuo"),
	).Replace(line)
	shell := exec.Command("bash", "-euo", "pipefail", "-c", command)
	shell.Dir, shell.Env = top, in.env
	if out, err := shell.CombinedOutput(); err != nil {
		t.Errorf("%s\n%v\n%s", line, err, out)
	}
}
