package continuo_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/auth/oidctest"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

var (
	// printedAddress is an address on this machine that a program listens on.
	printedAddress = regexp.MustCompile(`127\.0\.0\.1:[0-9]+`)
	// printedDatabase is the name of a database.
	printedDatabase = regexp.MustCompile(`\bcontinuo_(\$service|customer_recurrence|subscription|recurring_billing|restored)`)
)

// TestProductionChecklistWorks runs the checklist from top to bottom with tokens of an OpenID Connect provider, the same
// programs taking the place of the next version, and with keys up to the first calls.
func TestProductionChecklistWorks(t *testing.T) {
	t.Parallel()
	provider := oidctest.New(t)
	provider.Start(t)
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"access_token": %q, "expires_in": 300}`, provider.Token(t, nil)) // curl would fail
	}))
	t.Cleanup(tokens.Close)
	for choice, until := range map[string]string{"oidc": "## 8.", "keys": "## 5."} {
		t.Run(choice, func(t *testing.T) {
			t.Parallel()
			commands, answer := checklist(t, choice, until)
			commands = printedDatabase.ReplaceAllString(commands, choice+"_$1")
			runCommands(t, nil, withFreeAddresses(t, commands), answer,
				"/srv/continuo", t.TempDir(), "$bin/", "$bin/", "bin=bin", "bin="+programs, "bin=new", "bin="+programs, "PGPORT=5432", "PGPORT="+postgresPort(t),
				"https://id.example.com/realms/acme/token", tokens.URL, "https://id.example.com/realms/acme", provider.Issuer(), "https://billing.example.com", "continuo", "curl -s ", "curl --fail-with-body -s ")
		})
	}
}

// checklist returns the commands of the checklist before a heading, and what they print together.
func checklist(t *testing.T, choice, until string) (commands string, answer printedBlock) {
	t.Helper()
	text, _, found := strings.Cut(read(t, deployFile("production.md")), "\n"+until)
	if !found {
		t.Fatalf("the checklist has no heading %s", until)
	}
	for _, block := range parseBlocks(text) {
		if block.name == "production" || block.name == "production-"+choice {
			commands += block.commands
			answer.answer += block.answer
		}
	}
	if !strings.Contains(commands, "> $home/authorization") || !strings.Contains(commands, "gateway-1; do run $name") {
		t.Fatalf("the checklist lacks steps:\n%s", commands)
	}
	return commands, answer
}

// withFreeAddresses replaces each address by a free one.
func withFreeAddresses(t *testing.T, commands string) string {
	t.Helper()
	free := map[string]string{}
	return printedAddress.ReplaceAllStringFunc(commands, func(printed string) string {
		if free[printed] == "" {
			free[printed] = freeAddress(t)
		}
		return free[printed]
	})
}

// postgresPort returns the port of the PostgreSQL server that tests share.
func postgresPort(t *testing.T) string {
	t.Helper()
	server, err := url.Parse(databasetest.URL(t, database.PostgreSQL))
	if err != nil {
		t.Fatal(err)
	}
	return server.Port()
}
