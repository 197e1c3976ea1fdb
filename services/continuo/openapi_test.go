package continuo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "record the answers to the examples of the API's description")

// exampleCall is a call in the examples of the description; see services/gateway/internal/openapi.
type exampleCall struct {
	Operation string            `json:"operation"`
	Path      map[string]string `json:"path,omitempty"`
	Query     map[string]string `json:"query,omitempty"`
	Body      json.RawMessage   `json:"body,omitempty"`
	Status    int               `json:"status"`
	Answer    json.RawMessage   `json:"answer,omitempty"`
	XML       string            `json:"xml,omitempty"`
}

const exampleFolder = "../gateway/internal/openapi/examples"

// TestDescriptionIsTrue sends every example of the description, in each media type as it is shown, and
// calls every other operation with what the answers name. Each answer has the documented status and
// is what the schema for it says, with no other members.
func TestDescriptionIsTrue(t *testing.T) {
	t.Parallel()
	in := install(t, forms[0])
	api := describedAPI(t, in)
	files, err := filepath.Glob(filepath.Join(exampleFolder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}
	for _, file := range files {
		calls := readExamples(t, file)
		for i := range calls {
			api.try(t, &calls[i])
		}
		if *update {
			writeExamples(t, file, calls)
		}
	}
	for _, operation := range api.untried() {
		api.explore(t, operation)
	}
	for _, operation := range api.operations {
		api.checkExamples(t, operation)
	}
}

func readExamples(t *testing.T, file string) (calls []exampleCall) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &calls); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return calls
}

// secrets are what no example shall show as it was.
var secrets = regexp.MustCompile(`whsec_[A-Za-z0-9+/=]+`)

func writeExamples(t *testing.T, file string, calls []exampleCall) {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(calls); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, secrets.ReplaceAll(out.Bytes(), []byte("whsec_YSBzZWNyZXQgb2YgYW4gZXhhbXBsZSE=")), 0o644); err != nil {
		t.Fatal(err)
	}
}

// try sends an example in each media type that the operation reads, and asks for each that it writes.
func (a *api) try(t *testing.T, call *exampleCall) {
	t.Helper()
	operation := a.operations[call.Operation]
	if operation == nil {
		t.Errorf("there is no operation %s", call.Operation)
		return
	}
	operation.tried = true
	path := operation.path
	for name, value := range call.Path {
		path = strings.ReplaceAll(path, "{"+name+"}", url.PathEscape(value))
	}
	if len(call.Query) > 0 {
		query := url.Values{}
		for name, value := range call.Query {
			query.Set(name, value)
		}
		path += "?" + query.Encode()
	}
	if call.Body == nil {
		call.Answer = a.check(t, operation, a.send(t, operation, path, "", ""), call.Status)
		if operation.writes(call.Status, "application/xml") {
			call.XML = string(a.check(t, operation, a.send(t, operation, path, "", "", "Accept", "application/xml"), call.Status))
		}
		return
	}
	answer := a.check(t, operation, a.send(t, operation, path, "application/json", string(call.Body)), call.Status)
	if json.Valid(answer) {
		call.Answer = answer
	}
	if call.Status >= http.StatusBadRequest && operation.writes(call.Status, "application/xml") {
		refused := a.send(t, operation, path, "application/json", string(call.Body), "Accept", "application/xml")
		call.XML = string(a.check(t, operation, refused, call.Status))
	}
	if call.Status >= http.StatusBadRequest {
		return
	}
	for mediaType, body := range operation.shown(t) {
		answer := a.check(t, operation, a.send(t, operation, path, mediaType, body, "Accept", mediaType), call.Status)
		if mediaType == "application/xml" {
			call.XML = string(answer)
		}
	}
}

// explore calls an operation without an example. A read answers; what changes something is refused, or does its part.
func (a *api) explore(t *testing.T, operation *apiOperation) {
	t.Helper()
	path, found := a.fill(operation)
	want := 0
	switch {
	case operation.method != http.MethodGet:
	case found:
		want = http.StatusOK
	case !strings.Contains(path, "creditNotes") && !strings.Contains(path, "deadLetters"): // the demo data has none
		t.Errorf("nothing is there that %s could read; give it an example", operation.ID)
	}
	body, mediaType := "", ""
	if len(operation.Body.Content) > 0 {
		body, mediaType = "{}", "application/json"
	}
	a.check(t, operation, a.send(t, operation, path, mediaType, body), want)
}

// fill returns the path of an operation with ids that answers have named, or `-` for the parents of a list, and the query
// with what it requires. It reports whether the answers had what is needed.
func (a *api) fill(operation *apiOperation) (path string, found bool) {
	service, pattern, versioned := strings.Cut(strings.TrimPrefix(operation.path, "/"), "/v1/")
	collection, verb, _ := strings.Cut(pattern, ":")
	wanted := strings.Split(collection, "/")
	length := len(wanted)
	if verb == "batchGet" {
		length++
	}
	name := a.named(service, wanted, length)
	query, found := url.Values{}, name != "" || length%2 == 1
	for _, parameter := range operation.Parameters {
		switch {
		case parameter.In != "query" || !parameter.Required:
		case parameter.Name == "names":
			query.Set(parameter.Name, name)
		default:
			query.Set(parameter.Name, "S60117")
		}
	}
	parts := strings.Split(name, "/")
	for i, part := range wanted {
		switch {
		case !strings.HasPrefix(part, "{"):
		case i < len(parts) && name != "":
			pattern = strings.Replace(pattern, part, url.PathEscape(parts[i]), 1)
		case length%2 == 1:
			pattern = strings.Replace(pattern, part, "-", 1)
		}
	}
	path = operation.path
	if versioned {
		path = "/" + service + "/v1/" + strings.NewReplacer("{", "", "}", "").Replace(pattern)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, found
}

// named returns a name of so many parts that fits a path, or "".
func (a *api) named(service string, wanted []string, length int) string {
	for _, name := range a.names[service] {
		if parts := strings.Split(name, "/"); len(parts) == length && matches(wanted, parts) {
			return name
		}
	}
	return ""
}

// matches reports whether the parts of a name fit those of a path, as far as both go.
func matches(wanted, parts []string) bool {
	for i := range min(len(wanted), len(parts)) {
		if !strings.HasPrefix(wanted[i], "{") && wanted[i] != parts[i] {
			return false
		}
	}
	return true
}

// untried returns the operations without an example: those that read, in the order of their paths, then the others.
func (a *api) untried() []*apiOperation {
	var all []*apiOperation
	for _, operation := range a.operations {
		if !operation.tried {
			all = append(all, operation)
		}
	}
	rank := func(o *apiOperation) string {
		return fmt.Sprint(o.method != http.MethodGet, strings.Contains(o.path, ":"), strings.Count(o.path, "/"), o.path, o.method)
	}
	slices.SortFunc(all, func(x, y *apiOperation) int { return strings.Compare(rank(x), rank(y)) })
	return all
}

// answer is what an operation answered.
type answer struct {
	status    int
	mediaType string
	body      []byte
}

// send sends a request. Of a stream it reads the first line.
func (a *api) send(t *testing.T, operation *apiOperation, path, mediaType, body string, headers ...string) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, operation.method, a.origin+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if mediaType != "" {
		request.Header.Set("Content-Type", mediaType)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "application/x-www-form-urlencoded" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	return a.receive(t, request)
}
