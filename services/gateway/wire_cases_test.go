package gateway

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// wireCase is a recorded request and response; wire/README.md describes its members.
type wireCase struct {
	Name     string  `json:"name"`
	Contract *string `json:"contract"`
	Request  struct {
		Method     string            `json:"method"`
		Path       string            `json:"path"`
		Headers    map[string]string `json:"headers"`
		Body       string            `json:"body"`
		BodyBase64 string            `json:"body_base64"`
	} `json:"request"`
	Status      int      `json:"status"`
	ContentType string   `json:"content_type"`
	Outcome     string   `json:"outcome"`
	Body        *string  `json:"body"`
	Bound       string   `json:"bound"`
	AlsoAllowed []string `json:"also_allowed"`
	AlsoBound   string   `json:"also_bound"`
}

// TestWireCases sends all recorded cases through the real handler, including those in the folder
// WIRE_CASES_DIR.
func TestWireCases(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, recordedApplication)
	for _, file := range caseFiles(t) {
		for _, recorded := range readCases(t, file) {
			t.Run(recorded.Name, func(t *testing.T) { recorded.check(t, server.URL, backend) })
		}
	}
}

// TestWireCasesHoldBesideSiblings sends the recorded cases of the Dynamics contract with all siblings beside the recorded
// operation. One of ours answers a request that the vendor's application refused.
func TestWireCasesHoldBesideSiblings(t *testing.T) {
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, recorded := range readCases(t, filepath.Join("testdata", "wire", "aspnet-cases.json")) {
		if recorded.contract() == "dynamics" && recorded.Name != "route/dyn-method-get" {
			t.Run(recorded.Name, func(t *testing.T) { recorded.check(t, server.URL, backend) })
		}
	}
}

// recordedApplication reports whether the recorded application had a route. Of the .NET contracts
// it had one operation each and rejected all others. TestSiblingRoutes tests our additional routes.
func recordedApplication(offered *route.Route) bool {
	switch offered.Contract {
	case "sedona":
		return offered.RPC.Name() == "UpdateCustomerRecurring"
	case "dynamics":
		return offered.RPC.Name() == "UpdateRecurrence"
	default:
		return true
	}
}

// caseFiles returns the recordings in this module and in the folder WIRE_CASES_DIR.
func caseFiles(t *testing.T) []string {
	t.Helper()
	directories := []string{filepath.Join("testdata", "wire")}
	if extra := os.Getenv("WIRE_CASES_DIR"); extra != "" {
		directories = append(directories, extra)
	}
	var files []string
	for _, directory := range directories {
		found, err := filepath.Glob(filepath.Join(directory, "*.json"))
		if err != nil || len(found) == 0 {
			t.Fatalf("no recorded cases in %s: %v", directory, err)
		}
		files = append(files, found...)
	}
	return files
}

func readCases(t *testing.T, file string) []wireCase {
	t.Helper()
	text, err := os.ReadFile(file) //nolint:gosec // the folder is the tester's own
	if err != nil {
		t.Fatal(err)
	}
	var cases []wireCase
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s contains no cases", file)
	}
	return cases
}

func (c wireCase) check(t *testing.T, origin string, backend *recordingBackend) {
	backend.take()
	got := c.send(t, origin)
	calls := backend.take()
	switch c.Outcome {
	case "bound":
		c.checkBound(t, got, calls)
	case "no_body":
		if len(calls) != 0 || got.status != http.StatusBadRequest {
			t.Errorf("absent body: got status %d and %d calls, want 400 and none", got.status, len(calls))
		}
		got.checkShape(t, c.contract())
	case "rejected":
		if len(calls) == 1 && slices.Contains(c.AlsoAllowed, "bound") {
			c.checkBound(t, got, calls)
			return
		}
		if len(calls) != 0 {
			t.Errorf("a rejected request reached the service: %v", calls)
		}
		c.checkRejected(t, got, origin)
	case "":
		if got.status != c.Status {
			t.Errorf("got status %d, want %d", got.status, c.Status)
		}
		c.checkContentType(t, got)
		got.checkWellFormed(t)
	default:
		t.Fatalf("unknown outcome %q", c.Outcome)
	}
}

func (c wireCase) contract() string {
	if c.Contract == nil {
		return ""
	}
	return *c.Contract
}

func (c wireCase) send(t *testing.T, origin string) received {
	t.Helper()
	body := c.Request.Body
	if c.Request.BodyBase64 != "" {
		decoded, err := base64.StdEncoding.DecodeString(c.Request.BodyBase64)
		if err != nil {
			t.Fatal(err)
		}
		body = string(decoded)
	}
	header := http.Header{}
	for name, value := range c.Request.Headers {
		header.Set(name, value)
	}
	return send(t, c.Request.Method, origin+c.Request.Path, header, body)
}

func (c wireCase) checkBound(t *testing.T, got received, calls []call) {
	if len(calls) == 0 && slices.Contains(c.AlsoAllowed, "rejected") {
		if got.status != http.StatusBadRequest {
			t.Errorf("rejected request: got status %d, want 400", got.status)
		}
		got.checkShape(t, c.contract())
		return
	}
	if len(calls) != 1 {
		t.Fatalf("got %d calls, want 1; the response was %d %s", len(calls), got.status, got.text)
	}
	if got.status/100 != 2 {
		t.Errorf("got status %d, want success", got.status)
	}
	if got.status != http.StatusNoContent {
		c.checkContentType(t, got)
		got.checkWellFormed(t)
	}
	model := boundModel(t, calls[0])
	empty := strings.Contains(c.Request.Headers["Content-Type"], "xml")
	if !sameModel(model, parseJSON(t, c.Bound), empty) && (c.AlsoBound == "" || !sameModel(model, parseJSON(t, c.AlsoBound), empty)) {
		t.Errorf("got model\n%s\nwant\n%s", show(model), c.Bound)
	}
}

func (c wireCase) checkRejected(t *testing.T, got received, origin string) {
	want := c.Status
	if c.Status/100 == 2 {
		want = http.StatusBadRequest
	}
	if got.status != want {
		t.Errorf("status %d, want %d: %s", got.status, want, got.text)
	}
	c.checkContentType(t, got)
	if c.Body == nil {
		got.checkShape(t, c.contract())
		return
	}
	if *c.Body == "" {
		if got.text != "" {
			t.Errorf("got body %q, want none", got.text)
		}
		return
	}
	expected := received{contentType: c.ContentType, text: strings.ReplaceAll(*c.Body, "{origin}", origin)}
	compareErrors(t, got.frameworkError(t), expected.frameworkError(t))
}

func (c wireCase) checkContentType(t *testing.T, got received) {
	t.Helper()
	if got.contentType != c.ContentType {
		t.Errorf("got content type %q, want %q", got.contentType, c.ContentType)
	}
}
