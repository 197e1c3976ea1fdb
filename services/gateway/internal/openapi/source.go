package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
)

// source is what was generated for one proto file, as OpenAPI 3.
type source struct {
	*openapi3.T
	operations map[string]*openapi3.Operation
}

// load reads what was generated for a proto file, from the first place that has it.
func load(generated []fs.FS, protoFile string) (*source, error) {
	name := strings.TrimSuffix(protoFile, ".proto") + ".swagger.json"
	for _, files := range generated {
		text, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading the description of %s: %w", protoFile, err)
		}
		var written openapi2.T
		if err := json.Unmarshal(text, &written); err != nil {
			return nil, fmt.Errorf("reading the description of %s: %w", protoFile, err)
		}
		document, err := openapi2conv.ToV3(&written)
		if err != nil {
			return nil, fmt.Errorf("converting the description of %s to OpenAPI 3: %w", protoFile, err)
		}
		return indexed(document), nil
	}
	return nil, fmt.Errorf("no description was generated for %s", protoFile)
}

func indexed(document *openapi3.T) *source {
	read := &source{document, map[string]*openapi3.Operation{}}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			read.operations[operationKey(method, path, operation.OperationID)] = operation
		}
	}
	return read
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)

// operationKey names a generated operation: the generator numbers paths and operation ids that it uses twice.
func operationKey(method, path, id string) string {
	return method + " " + pathVariable.ReplaceAllString(path, "{}") + " " + strings.TrimRight(id, "0123456789")
}

// schema is a generated schema, empty where there is none.
func (s *source) schema(name string) *openapi3.Schema {
	if found := s.Components.Schemas[name]; found != nil && found.Value != nil {
		return found.Value
	}
	return &openapi3.Schema{}
}

// body is the schema of what an operation's content is, nil where it has none.
func body(content openapi3.Content) *openapi3.SchemaRef {
	for _, described := range content {
		return described.Schema // whichever: the generator gives every media type the same
	}
	return nil
}
