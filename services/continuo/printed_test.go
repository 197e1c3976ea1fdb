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

// TestTheREADMEsReplicasServe runs the README's block for two replicas of each service on PostgreSQL.
func TestTheREADMEsReplicasServe(t *testing.T) {
	t.Parallel()
	server, err := url.Parse(databasetest.URL(t, database.PostgreSQL))
	if err != nil {
		t.Fatal(err)
	}
	out := runBlock(t, "replicas", "PGPORT=5432", "PGPORT="+server.Port())
	if !strings.Contains(out, `"status":"serving"`) {
		t.Error(out)
	}
}

// TestTheREADMEsBillingBillsOnce runs the README's block from an empty store to invoices, a killed run in between.
func TestTheREADMEsBillingBillsOnce(t *testing.T) {
	t.Parallel()
	out := runBlock(t, "billing")
	for _, want := range []string{
		"25002 created, 0 unchanged, 0 rejected",
		`"invoiceCount":"5000","periodCount":"40000","totals":[{"currencyCode":"USD","units":"1198000","nanos":0}]`,
		`"name":"cycleRuns/2"`, `"batchesDone":5,"invoiceCount":"0","periodCount":"0"`,
		`"leaveDrafts":true,"draftCount":"5000","finalizedCount":"0","discardedCount":"0"`,
		`"leaveDrafts":true,"draftCount":"0","finalizedCount":"4999","discardedCount":"1"`,
	} {
		if !strings.Contains(strings.ReplaceAll(out, ", ", ","), want) && !strings.Contains(out, want) {
			t.Errorf("the output lacks %s", want)
		}
	}
	if t.Failed() {
		t.Log(out)
	}
}

// runBlock runs a block of the README as one script, the programs under test and free addresses in the place of the
// printed ones, and is what it printed.
func runBlock(t *testing.T, name string, replacements ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```sh " + name + "\n(.*?)^```$").FindStringSubmatch(string(text))
	if block == nil {
		t.Fatalf("the README has no block %s", name)
	}
	replacements = append(replacements, "bin/", programs+"/", "$(mktemp -d)", t.TempDir(), "curl -s ", "curl --fail-with-body -s ")
	environment := os.Environ()
	for printed, setting := range map[string]string{
		"127.0.0.1:8080": "CONTINUO_HTTP_ADDR", "127.0.0.1:9101": "CONTINUO_CUSTOMER_RECURRENCE_ADDR", "127.0.0.1:9102": "CONTINUO_SUBSCRIPTION_ADDR",
		"127.0.0.1:9103": "CONTINUO_RECURRING_BILLING_ADDR", "127.0.0.1:9111": "", "127.0.0.1:9112": "", "127.0.0.1:9113": "",
	} {
		address := freeAddress(t)
		replacements = append(replacements, printed, address)
		if setting != "" {
			environment = append(environment, setting+"="+address)
		}
	}
	shell := exec.Command("bash", "-euo", "pipefail", "-c", "trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n"+strings.NewReplacer(replacements...).Replace(block[1]))
	shell.Env = environment
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	return string(out)
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
