package continuo_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var (
	// metricRow is a row of the table of metrics: its name, kind and labels.
	metricRow = regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| (histogram|gauge|counter) \\| ([^|]*) \\|")
	// metricName finds names of metrics in an expression, with their selectors.
	metricName = regexp.MustCompile(`\b((?:continuo|http_server|rpc_server)_[a-z_]+)(?:\{([^}]*)\})?`)
	// groupedBy and selected find the labels in an expression.
	groupedBy = regexp.MustCompile(`by \(([^)]*)\)`)
	selected  = regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
)

// targetLabels are labels that Prometheus adds.
var targetLabels = []string{"job", "instance", "le"}

// TestAlertsAndDashboardReadWhatIsMeasured checks each metric and label in the alerts and the dashboard against the
// documented ones, which TestSeenFromOutside compares with a scrape.
func TestAlertsAndDashboardReadWhatIsMeasured(t *testing.T) {
	t.Parallel()
	metrics := map[string][]string{}
	for _, row := range metricRow.FindAllStringSubmatch(read(t, deployFile("metrics.md")), -1) {
		labels := strings.FieldsFunc(row[3], func(r rune) bool { return r == '`' || r == ',' || r == ' ' })
		names := []string{row[1]}
		if row[2] == "histogram" {
			names = []string{row[1] + "_bucket", row[1] + "_count", row[1] + "_sum"}
		}
		for _, name := range names {
			metrics[name] = append(labels, targetLabels...)
		}
	}
	expressions := append(alertExpressions(t), dashboardExpressions(t)...)
	for _, expression := range expressions {
		var allowed []string
		for _, found := range metricName.FindAllStringSubmatch(expression, -1) {
			labels, known := metrics[found[1]]
			if !known {
				t.Errorf("%s: there is no metric %s", expression, found[1])
			}
			for _, label := range selected.FindAllStringSubmatch(found[2], -1) {
				if !slices.Contains(labels, label[1]) {
					t.Errorf("%s: %s has no label %s", expression, found[1], label[1])
				}
			}
			allowed = append(allowed, labels...)
		}
		for _, found := range groupedBy.FindAllStringSubmatch(expression, -1) {
			for label := range strings.SplitSeq(found[1], ",") {
				if label = strings.TrimSpace(label); len(allowed) > 0 && !slices.Contains(allowed, label) {
					t.Errorf("%s: its metrics have no label %s", expression, label)
				}
			}
		}
	}
	if len(metrics) < 10 || len(expressions) < 40 {
		t.Errorf("found %d metrics and %d expressions", len(metrics), len(expressions))
	}
}

func alertExpressions(t *testing.T) (expressions []string) {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []struct{ Expr string } }
	}
	if err := yaml.Unmarshal([]byte(read(t, deployFile("prometheus", "rules.yaml"))), &file); err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			expressions = append(expressions, rule.Expr)
		}
	}
	return expressions
}

func dashboardExpressions(t *testing.T) (expressions []string) {
	t.Helper()
	var file struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err := json.Unmarshal([]byte(read(t, deployFile("grafana", "continuo.json"))), &file); err != nil {
		t.Fatal(err)
	}
	for _, panel := range file.Panels {
		for _, target := range panel.Targets {
			expressions = append(expressions, target.Expr)
		}
	}
	return expressions
}
