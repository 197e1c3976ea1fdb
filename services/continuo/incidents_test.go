package continuo_test

import (
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// runbooks is where the alerts' links to incidents.md lead.
const runbooks = "https://github.com/continuo-billing/continuo/blob/main/deploy/incidents.md"

// incidentParts are what each section of incidents.md has.
var incidentParts = []string{"- **Means:** ", "- **Look at:** ", "- **Do:** ", "- **Worry:** "}

// TestEachAlertHasARunbook checks that each alert leads to its section in incidents.md, which has all parts, and that each section
// is of an alert.
func TestEachAlertHasARunbook(t *testing.T) {
	t.Parallel()
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string
				Annotations map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, deployFile("prometheus", "rules.yaml"))), &file); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(read(t, deployFile("incidents.md")), "\n## ")
	sections := map[string]string{}
	for section := range strings.SplitSeq(text, "\n## ") {
		alert, body, _ := strings.Cut(section, "\n")
		sections[alert] = body
	}
	var alerts []string
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			alerts = append(alerts, rule.Alert)
			if got, want := rule.Annotations["runbook_url"], runbooks+"#"+strings.ToLower(rule.Alert); got != want {
				t.Errorf("%s: got runbook_url %q, want %s", rule.Alert, got, want)
			}
			for _, part := range incidentParts {
				if !strings.Contains(sections[rule.Alert], part) {
					t.Errorf("incidents.md says of %s no %q", rule.Alert, part)
				}
			}
		}
	}
	for section := range sections {
		if !slices.Contains(alerts, section) {
			t.Errorf("incidents.md has a section %s, and rules.yaml no such alert", section)
		}
	}
}
