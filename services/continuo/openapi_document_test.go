package continuo_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// api is the served description of the API, and what is known from the answers so far.
type api struct {
	origin     string
	operations map[string]*apiOperation
	compiler   *jsonschema.Compiler
	// names are the names of resources that answers had, by service.
	names map[string][]string
}

// apiOperation is an operation of the description.
type apiOperation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name, In string
		Required bool
	} `json:"parameters"`
	Body struct {
		Content map[string]struct {
			Example any `json:"example"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]struct {
		Content map[string]struct {
			Example any `json:"example"`
		} `json:"content"`
	} `json:"responses"`

	path, method string
	tried        bool
}

const documentURL = "https://continuo.example/openapi.json"

// describedAPI reads the description of an installation. Objects whose members are listed are closed, so that an answer with
// a member that is not described is found.
func describedAPI(t *testing.T, in *installation) *api {
	t.Helper()
	_, _, text := in.send(t, http.MethodGet, "/openapi.json", nil, "")
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(document)
	a := &api{origin: in.http, operations: map[string]*apiOperation{}, compiler: jsonschema.NewCompiler(), names: map[string][]string{}}
	a.compiler.AssertFormat()
	if err := a.compiler.AddResource(documentURL, document); err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Paths map[string]map[string]*apiOperation `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	for path, operations := range parsed.Paths {
		for method, operation := range operations {
			operation.path, operation.method = path, strings.ToUpper(method)
			a.operations[operation.ID] = operation
		}
	}
	return a
}

func closeObjects(value any) {
	switch value := value.(type) {
	case map[string]any:
		if value["type"] == "object" && value["properties"] != nil && value["additionalProperties"] == nil {
			value["additionalProperties"] = false
		}
		for _, member := range value {
			closeObjects(member)
		}
	case []any:
		for _, item := range value {
			closeObjects(item)
		}
	}
}

// writes reports whether the description lists a media type for a status.
func (o *apiOperation) writes(status int, mediaType string) bool {
	_, ok := o.Responses[strconv.Itoa(status)].Content[mediaType]
	return ok
}

// shown returns the bodies that the description shows for each media type but JSON, as a caller sends them.
func (o *apiOperation) shown(t *testing.T) map[string]string {
	t.Helper()
	bodies := map[string]string{}
	for mediaType, content := range o.Body.Content {
		switch example := content.Example.(type) {
		case string:
			bodies[mediaType] = example
		case map[string]any:
			if mediaType == "application/x-www-form-urlencoded" {
				form := url.Values{}
				for key, value := range example {
					form.Set(key, fmt.Sprint(value))
				}
				bodies[mediaType] = form.Encode()
			}
		default:
			t.Errorf("%s shows no example for %s", o.ID, mediaType)
		}
	}
	return bodies
}

func (a *api) receive(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")) // "" where there is no body
	got := answer{status: response.StatusCode, mediaType: mediaType}
	if mediaType == "application/x-ndjson" {
		got.body, err = bufio.NewReader(response.Body).ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
	} else {
		got.body, err = io.ReadAll(response.Body)
	}
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatalf("%s %s: %v", request.Method, request.URL, err)
	}
	return got
}

// check compares an answer with the description, and with the status that is wanted unless it is 0. It returns the body.
func (a *api) check(t *testing.T, o *apiOperation, got answer, want int) []byte {
	t.Helper()
	if want != 0 && got.status != want {
		t.Errorf("%s: got status %d, want %d: %s", o.ID, got.status, want, got.body)
		return nil
	}
	status := strconv.Itoa(got.status)
	if _, ok := o.Responses[status]; !ok && got.status >= http.StatusBadRequest {
		status = "default"
	}
	described, ok := o.Responses[status]
	if !ok {
		t.Errorf("%s: status %d is not described: %s", o.ID, got.status, got.body)
		return nil
	}
	if _, ok := described.Content[got.mediaType]; !ok && len(got.body) > 0 {
		t.Errorf("%s: a body of type %q is not described for status %d: %.200s", o.ID, got.mediaType, got.status, got.body)
		return nil
	}
	if (got.mediaType == "application/json" || got.mediaType == "application/x-ndjson") && len(got.body) > 0 {
		a.validate(t, o, status, got)
	}
	return got.body
}

func (a *api) validate(t *testing.T, o *apiOperation, status string, got answer) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	if err != nil {
		t.Errorf("%s: %v: %s", o.ID, err, got.body)
		return
	}
	if err := a.schema(t, o, "responses", status, "content", got.mediaType).Validate(value); err != nil {
		t.Errorf("%s: the answer is not as described: %v\n%.1000s", o.ID, err, got.body)
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
	a.learn(service, value)
}

// schema returns the schema at a place in an operation.
func (a *api) schema(t *testing.T, o *apiOperation, place ...string) *jsonschema.Schema {
	t.Helper()
	pointer, escape := "#", strings.NewReplacer("~", "~0", "/", "~1")
	for _, part := range append(append([]string{"paths", o.path, strings.ToLower(o.method)}, place...), "schema") {
		pointer += "/" + url.PathEscape(escape.Replace(part))
	}
	schema, err := a.compiler.Compile(documentURL + pointer)
	if err != nil {
		t.Fatalf("%s: %v", o.ID, err)
	}
	return schema
}

// checkExamples compares the examples in JSON with their schemas.
func (a *api) checkExamples(t *testing.T, o *apiOperation) {
	t.Helper()
	check := func(example any, place ...string) {
		if example == nil || place[len(place)-1] != "application/json" {
			return
		}
		if err := a.schema(t, o, place...).Validate(example); err != nil {
			t.Errorf("%s: the example at %v is not as described: %v", o.ID, place, err)
		}
	}
	for mediaType, content := range o.Body.Content {
		check(content.Example, "requestBody", "content", mediaType)
	}
	for status, response := range o.Responses {
		for mediaType, content := range response.Content {
			check(content.Example, "responses", status, "content", mediaType)
		}
	}
}

// learn keeps the names of resources in an answer, except in past states.
func (a *api) learn(service string, value any) {
	switch value := value.(type) {
	case map[string]any:
		if value["@type"] != nil {
			return
		}
		if name, ok := value["name"].(string); ok && strings.Contains(name, "/") {
			a.names[service] = append(a.names[service], name)
		}
		for _, member := range value {
			a.learn(service, member)
		}
	case []any:
		for _, item := range value {
			a.learn(service, item)
		}
	}
}
