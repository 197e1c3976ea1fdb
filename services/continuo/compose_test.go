package continuo_test

import (
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

// composed is what the tests read of a Compose file.
type composed struct {
	Services map[string]composedService
	Secrets  map[string]struct{ File string }
}

// composedService is a service of a Compose file.
type composedService struct {
	Command     []string
	Environment map[string]string
	Secrets     []string
	ReadOnly    bool `yaml:"read_only"`
	Healthcheck struct{ Test []string }
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
}

func readCompose(t *testing.T) composed {
	t.Helper()
	var file composed
	if err := yaml.Unmarshal([]byte(read(t, deployFile("compose", "compose.yaml"))), &file); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestComposeFileFitsThePrograms checks every command, setting and secret of the Compose file.
func TestComposeFileFitsThePrograms(t *testing.T) {
	t.Parallel()
	file := readCompose(t)
	for _, name := range []string{"migrate", "continuo"} {
		service := file.Services[name]
		checkCommand(t, name, service.Command, slices.Collect(maps.Keys(service.Environment)))
		if !service.ReadOnly {
			t.Errorf("the root of %s is not read-only", name)
		}
		if test := service.Healthcheck.Test; name == "continuo" && (len(test) == 0 || test[0] != "CMD") {
			t.Errorf("the health check is %v", test)
		} else if len(test) > 0 {
			checkCommand(t, name+"'s health check", test[1:], nil)
		}
		for variable, value := range service.Environment {
			if _, secret, found := strings.Cut(value, "/run/secrets/"); found && !slices.Contains(service.Secrets, secret) {
				t.Errorf("%s names a secret that %s does not get", variable, name)
			}
		}
	}
	if got := file.Services["continuo"].DependsOn["migrate"].Condition; got != "service_completed_successfully" {
		t.Errorf("Continuo starts when the migration is %s", got)
	}
}

// TestComposeFileStarts makes the secrets as the README says, migrates, and starts Continuo with the settings of the Compose
// file, on the tests' PostgreSQL.
func TestComposeFileStarts(t *testing.T) {
	t.Parallel()
	file, folder := readCompose(t), writeSecrets(t, filepath.Join("compose", "README.md"))
	var places []string
	for name, secret := range file.Secrets {
		path := filepath.Join(folder, secret.File)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("the README does not make the secret %s: %v", name, err)
		}
		places = append(places, "/run/secrets/"+name, path)
	}
	in := prepare(t, forms[0], "CONTINUO_DEMO=false")
	places = append(places, "0.0.0.0:8080", strings.TrimPrefix(in.http, "http://"), "0.0.0.0:9190", freeAddress(t))
	for _, name := range []string{"customer_recurrence", "subscription", "recurring_billing"} {
		server, err := url.Parse(databasetest.URL(t, database.PostgreSQL))
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, "continuo@database:5432/continuo_"+name, server.User.String()+"@"+server.Host+server.Path)
	}
	set := strings.NewReplacer(places...)
	for variable, value := range file.Services["continuo"].Environment {
		in.env = append(in.env, variable+"="+set.Replace(value))
	}
	in.operator(t, file.Services["migrate"].Command[1:]...)
	in.start(t)
	in.operator(t, "health")
}

// writeSecrets runs the block of a document that makes secrets, in a new folder, and returns the folder.
func writeSecrets(t *testing.T, document string) string {
	t.Helper()
	block := namedBlock(t, filepath.Join("deploy", document), "secrets")
	shell := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(block.commands, "bin/", programs+"/"))
	shell.Dir, shell.Env = t.TempDir(), os.Environ()
	out, err := shell.CombinedOutput()
	if err == nil {
		err = block.answeredBy(string(out))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return shell.Dir
}
