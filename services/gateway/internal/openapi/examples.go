package openapi

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// examples are the calls that the description shows, in files of a list each. A test sends them in
// the order of their files to a Continuo with demo data, and records what is answered.
//
//go:embed examples
var examples embed.FS

// example is one call.
type example struct {
	// Operation is the operation id, Path the values in its path, Query those in its query.
	Operation string            `json:"operation"`
	Path      map[string]string `json:"path,omitempty"`
	Query     map[string]string `json:"query,omitempty"`
	// Body is the body as JSON; other formats are made of it.
	Body json.RawMessage `json:"body,omitempty"`
	// Status is the HTTP status of the answer, and Answer and XML its body, as recorded.
	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer,omitempty"`
	XML    string          `json:"xml,omitempty"`
}

func (e example) succeeds() bool { return e.Status < http.StatusBadRequest }

// readExamples returns the calls by operation.
func readExamples() (map[string][]example, error) {
	all := map[string][]example{}
	names, err := fs.Glob(examples, "examples/*.json")
	if err != nil {
		return nil, fmt.Errorf("listing examples: %w", err)
	}
	for _, name := range names {
		text, err := examples.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading examples: %w", err)
		}
		var calls []example
		if err := json.Unmarshal(text, &calls); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		for _, call := range calls {
			all[call.Operation] = append(all[call.Operation], call)
		}
	}
	return all, nil
}

// answerAs returns the recorded answer in a media type, or nil.
func (e example) answerAs(mediaType string) any {
	switch {
	case isXML(mediaType) && e.XML != "":
		return e.XML
	case !isXML(mediaType) && e.Answer != nil:
		return e.Answer
	default:
		return nil
	}
}

// requestAs returns the body in a media type: JSON, an XML text, or the keys and values of a form.
func (e example) requestAs(model protoreflect.MessageDescriptor, mediaType string) (any, error) {
	if !isXML(mediaType) && !isForm(mediaType) {
		return e.Body, nil
	}
	body, err := decode(e.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the body of an example: %w", err)
	}
	if isForm(mediaType) {
		fields := map[string]string{}
		formOf(fields, "", body)
		return fields, nil
	}
	return xmlOf(model, body), nil
}
