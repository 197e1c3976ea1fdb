package continuo_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// TestPrintedHintsWorkAsPasted pastes every command that `make run` prints into a shell, at the top of the repository, and
// compares what it answers with the answer printed below it.
func TestPrintedHintsWorkAsPasted(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0], "CONTINUO_HINTS=true")
	commands := hints(t, in)
	if len(commands) < 9 {
		t.Errorf("only %d commands were found:\n%s", len(commands), in.logs())
	}
	for _, command := range commands {
		in.paste(t, command)
	}
}

// TestPrintedHintsNameDemoData looks up every id in the hints in an export of the demo data.
func TestPrintedHintsNameDemoData(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0], "CONTINUO_HINTS=true")
	file := filepath.Join(t.TempDir(), "demo.ndjson")
	in.operator(t, "export", file)
	demo, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ids := regexp.MustCompile(`\b[A-Z]+-[A-Z0-9]+\b|\bS[0-9]{5}\b|"Managers Group"|"id":"[0-9A-F]{32}"`)
	for _, command := range hints(t, in) {
		for _, id := range ids.FindAllString(command.commands, -1) {
			id = strings.Trim(strings.TrimPrefix(id, `"id":`), `"`)
			if !strings.Contains(string(demo), id) {
				t.Errorf("the demo data has no %s, which is named in\n%s", id, command.commands)
			}
		}
	}
}

// hints waits until the installation has printed its hints, and returns their commands with their answers.
func hints(t *testing.T, in *installation) []printedBlock {
	t.Helper()
	in.awaitLog(t, "its hints, which are printed when everything listens", func(line string) bool { return strings.Contains(line, "make help") })
	var commands []printedBlock
	for line := range strings.Lines(in.logs()) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "curl ") || strings.HasPrefix(line, ".tools/bin/grpcurl ") {
			commands = append(commands, printedBlock{commands: line})
		}
		if answer, ok := strings.CutPrefix(line, "-> "); ok && len(commands) > 0 {
			last := &commands[len(commands)-1]
			last.format, last.answer = "text", answer
			if strings.HasPrefix(answer, "{") || strings.HasPrefix(answer, "[") {
				last.format = "json"
			}
		}
	}
	return commands
}

// TestREADMEsCommandsWorkAsPasted runs the shell blocks of every README in their order against a fresh installation, its own
// addresses in the place of the printed ones, and compares what each answers with the block printed below it. A block with
// a name is a script of its own, which another test runs. `make test` itself is left out: it runs this test.
func TestREADMEsCommandsWorkAsPasted(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			checkDocument(t, document, forms[0])
		})
	}
}

// TestREADMEsContractsLive walks through customer-recurrence's section from a signed customer to an undone cancellation, from an
// empty store, on each engine.
func TestREADMEsContractsLive(t *testing.T) {
	t.Parallel()
	_, section, found := strings.Cut(read(t, filepath.Join("..", "customer-recurrence", "README.md")), "\n### From a signed customer")
	if !found {
		t.Fatal("the README has no such section")
	}
	for _, f := range []form{forms[0], forms[2]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f, "CONTINUO_DEMO=false")
			for _, block := range parseBlocks(section) {
				in.paste(t, block)
			}
		})
	}
}

// TestREADMEsSubscriptionLives walks through subscription's section of a life, from an empty store, on each engine.
func TestREADMEsSubscriptionLives(t *testing.T) {
	t.Parallel()
	for _, f := range []form{forms[0], forms[2]} {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			in := install(t, f, "CONTINUO_DEMO=false")
			for _, block := range lifeBlocks(t) {
				in.paste(t, block)
			}
		})
	}
}

// lifeBlocks returns the shell blocks of subscription's section of a life.
func lifeBlocks(t *testing.T) []printedBlock {
	t.Helper()
	_, section, found := strings.Cut(read(t, filepath.Join("..", "subscription", "README.md")), "\n### A life, from an empty store")
	if !found {
		t.Fatal("the README has no such section")
	}
	return parseBlocks(section)
}

// TestSubscriptionsREADMEWorksOnPostgreSQL runs the walk through the subscription service on PostgreSQL too.
func TestSubscriptionsREADMEWorksOnPostgreSQL(t *testing.T) {
	t.Parallel()
	checkDocument(t, filepath.Join("services", "subscription", "README.md"), forms[2])
}

// checkDocument runs the shell blocks of a document against a fresh installation.
func checkDocument(t *testing.T, document string, of form) {
	t.Helper()
	blocks := slices.DeleteFunc(printedBlocks(t, document), func(block printedBlock) bool { return block.name != "" })
	if len(blocks) == 0 {
		return
	}
	in := install(t, of, "CONTINUO_HINTS=true")
	hints(t, in)
	for _, block := range blocks {
		switch block.commands {
		case "make test\n":
		case "make run\n":
			in.compare(t, block, in.logs())
		default:
			in.paste(t, block)
		}
	}
}

// TestREADMEsReplicasServe runs the operating guide's block for two replicas of each service on PostgreSQL.
func TestREADMEsReplicasServe(t *testing.T) {
	t.Parallel()
	runScript(t, filepath.Join("deploy", "README.md"), "replicas", "PGPORT=5432", "PGPORT="+postgresPort(t))
}

// TestGuidesMoveToPostgreSQLWorks runs the block of the guide that moves embedded stores to PostgreSQL.
func TestGuidesMoveToPostgreSQLWorks(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	in.stop(t)
	runScript(t, filepath.Join("deploy", "postgresql.md"), "move", "PGPORT=5432", "PGPORT="+postgresPort(t),
		"./data", in.setting("CONTINUO_DATA_DIR"), "continuo_", "moved_") // another test has databases with the printed names
}

// TestREADMEsBillingBillsOnce runs recurring-billing's block from an empty store to invoices, a killed run in between.
func TestREADMEsBillingBillsOnce(t *testing.T) {
	t.Parallel()
	runScript(t, filepath.Join("services", "recurring-billing", "README.md"), "billing")
}

// TestREADMEsBillingWalks runs recurring-billing's walk from an import to an explained credit, on both engines.
func TestREADMEsBillingWalks(t *testing.T) {
	t.Parallel()
	document := filepath.Join("services", "recurring-billing", "README.md")
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		runScript(t, document, "walk")
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		environment := []string{"CONTINUO_SEALING_KEY_FILE=" + databasetest.KeyFile(t, "postgres:")}
		for setting := range databases {
			environment = append(environment, setting+"="+databasetest.URL(t, database.PostgreSQL))
		}
		program := programs + "/continuo"
		runScriptIn(t, environment, document, "walk", "bin/continuo 2>", program+" migrate up\n"+program+" 2>")
	})
}

// TestRotationGuidesCommandsWork runs the guide's block that serves over TLS and replaces a certificate.
func TestRotationGuidesCommandsWork(t *testing.T) {
	t.Parallel()
	runScript(t, filepath.Join("deploy", "rotation.md"), "tls")
}

// runScript runs a named block of a document as one script, with the programs under test and free addresses in the place of
// the printed ones, and compares what it prints with the block below it.
func runScript(t *testing.T, document, name string, replacements ...string) {
	t.Helper()
	runScriptIn(t, nil, document, name, replacements...)
}

// runScriptIn is runScript with settings.
func runScriptIn(t *testing.T, environment []string, document, name string, replacements ...string) {
	t.Helper()
	block := namedBlock(t, document, name)
	replacements = append(replacements, "curl -s ", "curl --fail-with-body -s ")
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
	runCommands(t, environment, block.commands, block, replacements...)
}

// runCommands runs commands as one script at the top of the repository, with the programs under test in the place of the
// printed ones, and compares what they print with a block's answer.
func runCommands(t *testing.T, environment []string, commands string, printed printedBlock, replacements ...string) {
	t.Helper()
	replacements = append(replacements, "bin/", programs+"/", "$(mktemp -d)", t.TempDir())
	shell := exec.Command("bash", "-euo", "pipefail", "-c",
		"trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT\n"+strings.NewReplacer(replacements...).Replace(commands))
	shell.Dir, shell.Env = filepath.Join("..", ".."), append(append(os.Environ(), "CONTINUO_ADMIN_ADDR=off"), environment...)
	out, err := shell.CombinedOutput()
	if err == nil {
		err = printed.answeredBy(string(out))
	}
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// paste runs a block's commands at the top of the repository, with this installation in the place of the one that the
// documentation names, and compares what they answer. A refusal by the gateway is a failure unless it is the printed answer.
func (in *installation) paste(t *testing.T, block printedBlock) {
	t.Helper()
	top, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	commands := in.localized(
		"curl -s", "curl --fail-with-body -s", "bin/continuo", filepath.Join(programs, "continuo"),
	).Replace(block.commands)
	shell := exec.Command("bash", "-euo", "pipefail", "-c", in.sameShell(t, commands))
	shell.Dir, shell.Env = top, in.env
	out, err := shell.Output()
	const refused = 22 // curl's exit code
	if err != nil && (shell.ProcessState.ExitCode() != refused || block.answer == "") {
		t.Errorf("%s\n%v\n%s", block.commands, err, out)
		return
	}
	in.compare(t, block, string(out))
}

// sameShell returns commands that find the variables which earlier blocks set, as in one shell.
func (in *installation) sameShell(t *testing.T, commands string) string {
	t.Helper()
	if in.variables == "" {
		in.variables = filepath.Join(t.TempDir(), "variables")
	}
	return "if [ -e " + in.variables + " ]; then . " + in.variables + "; fi\nset -a\n" + commands + "\nset +a\nexport -p >" + in.variables
}

// compare compares an answer with the printed one, which names the documentation's addresses.
func (in *installation) compare(t *testing.T, block printedBlock, answer string) {
	t.Helper()
	block.answer = in.localized().Replace(block.answer)
	if err := block.answeredBy(answer); err != nil {
		t.Errorf("%s\n%v\nThe answer is\n%s", block.commands, err, answer)
	}
}

// localized replaces the documentation's addresses by the installation's, and whatever else is given.
func (in *installation) localized(more ...string) *strings.Replacer {
	return strings.NewReplacer(append(more,
		"127.0.0.1:8080", strings.TrimPrefix(in.http, "http://"), "127.0.0.1:9101", in.customerRecurrence,
		"127.0.0.1:9102", in.subscription, "127.0.0.1:9103", in.recurringBilling)...)
}
