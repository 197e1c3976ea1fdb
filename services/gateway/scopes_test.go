package gateway

import (
	"strings"
	"testing"
)

func TestDescriptionNamesTheScopeOfEachOperation(t *testing.T) {
	server := startGateway(t, startBackend(t), everyRoute)
	document := parseJSON(t, request{"GET", openAPIPath, "", ""}.send(t, server.URL).text)
	for path, of := range at(t, document, "paths").(map[string]any) {
		for method, operation := range of.(map[string]any) {
			tag := at(t, operation, "tags").([]any)[0]
			named := strings.Count(at(t, operation, "description").(string), "Needs the scope `")
			if want := map[bool]int{true: 0, false: 1}[tag == "CRM.COM"]; named != want {
				t.Errorf("%s %s names %d scopes, want %d", method, path, named, want)
			}
		}
	}
	for path, want := range map[string]string{"/recurring-billing/v1/cycleRuns": "bill", "/subscription/v1/users": "admin", "/recurring-billing/v1/items": "write"} {
		if text := at(t, document, "paths", path, "post", "description").(string); !strings.HasSuffix(text, "Needs the scope `"+want+"`.") {
			t.Errorf("%s: got %q, want the scope %s", path, text, want)
		}
	}
}
