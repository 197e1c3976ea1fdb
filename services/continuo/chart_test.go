package continuo_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/continuo-billing/continuo/services/platform/config"
)

var (
	// computedNames are names of settings in a template into which it puts the name of a service.
	computedNames = regexp.MustCompile(`CONTINUO_(\{\{[^}]*\}\}|%s)_`)
	// chartValues are values that a template reads.
	chartValues = regexp.MustCompile(`\.Values((?:\.[A-Za-z]+)+)`)
	// chartCommands are commands of containers.
	chartCommands = regexp.MustCompile(`command: (\[.*\])`)
)

// TestChartFitsThePrograms checks the settings and commands in the templates of the Helm chart against the programs, and the
// values that they read against the chart's own.
func TestChartFitsThePrograms(t *testing.T) {
	t.Parallel()
	var values map[string]any
	if err := yaml.Unmarshal([]byte(read(t, deployFile("helm", "continuo", "values.yaml"))), &values); err != nil {
		t.Fatal(err)
	}
	templates, err := filepath.Glob(deployFile("helm", "continuo", "templates", "*"))
	if err != nil || len(templates) == 0 {
		t.Fatalf("got %d templates, error %v", len(templates), err)
	}
	settings, commands := 0, 0
	for _, path := range templates {
		text := read(t, path)
		for _, name := range settingNames.FindAllString(computedNames.ReplaceAllString(text, "CONTINUO_SUBSCRIPTION_"), -1) {
			settings++
			if err := config.CheckNames([]string{name + "="}, &struct{}{}); err != nil {
				t.Errorf("%s: %s is not a setting", path, name)
			}
		}
		for _, found := range chartValues.FindAllStringSubmatch(text, -1) {
			if !hasValue(values, strings.Split(found[1], ".")[1:]) {
				t.Errorf("%s reads %s, which values.yaml lacks", path, found[0])
			}
		}
		for _, found := range chartCommands.FindAllStringSubmatch(text, -1) {
			commands++
			var line []string
			if err := yaml.Unmarshal([]byte(strings.Replace(found[1], "{{ $service }}", "subscription", 1)), &line); err != nil {
				t.Fatal(err)
			}
			checkCommand(t, path, line, nil)
		}
	}
	if settings < 8 || commands != 3 {
		t.Errorf("found %d settings and %d commands", settings, commands)
	}
}

// TestChartReplacesPodsWithoutAnOutage checks that an update of the chart ends a pod only after its successor can serve, and
// that a pod serves on until nobody calls it.
func TestChartReplacesPodsWithoutAnOutage(t *testing.T) {
	t.Parallel()
	for _, template := range []string{"gateway.yaml", "services.yaml"} {
		text := read(t, deployFile("helm", "continuo", "templates", template))
		for _, want := range []string{"maxUnavailable: 0", "\n  minReadySeconds: ", "preStop: {sleep: ", "readinessProbe:"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", template, want)
			}
		}
	}
}

// TestChartCallsOverTLS checks that with TLS each side of a connection between pods is told of its files, which its pod has.
func TestChartCallsOverTLS(t *testing.T) {
	t.Parallel()
	for template, settings := range map[string][]string{
		"services.yaml": {"TLS_CERT_FILE, value: /etc/continuo/tls/tls.crt", "TLS_KEY_FILE, value: /etc/continuo/tls/tls.key", "TLS_CLIENT_CA_FILE, value: /etc/continuo/tls/ca.crt"},
		"gateway.yaml": {
			"TLS_CA_FILE, value: /etc/continuo/tls/ca.crt", "TLS_CLIENT_CERT_FILE, value: /etc/continuo/tls/tls.crt",
			"TLS_CLIENT_KEY_FILE, value: /etc/continuo/tls/tls.key",
		},
	} {
		text := read(t, deployFile("helm", "continuo", "templates", template))
		for _, want := range append(settings, "{name: tls, mountPath: /etc/continuo/tls, readOnly: true}", `secret: {secretName: {{ include "continuo.certificate" $of }}`) {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", template, want)
			}
		}
	}
}

// hasValue reports whether a path leads to a value.
func hasValue(values map[string]any, path []string) bool {
	value, found := values[path[0]]
	if nested, ok := value.(map[string]any); ok && len(path) > 1 {
		return hasValue(nested, path[1:])
	}
	return found && len(path) == 1
}
