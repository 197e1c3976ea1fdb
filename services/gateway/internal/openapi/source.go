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

// source is the generated description of one proto file, as OpenAPI 3.
type source struct {
	*openapi3.T
	operations map[string]*openapi3.Operation
}

// load reads the generated description of a proto file from the first file system that has it.
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
	return nil, fmt.Errorf("there is no generated description of %s", protoFile)
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

// operationKey returns a key for a generated operation. The generator appends numbers to paths and
// ids that occur twice, so the key ignores them.
func operationKey(method, path, id string) string {
	return method + " " + pathVariable.ReplaceAllString(path, "{}") + " " + strings.TrimRight(id, "0123456789")
}

// schema returns a generated schema, or an empty one if there is none.
func (s *source) schema(name string) *openapi3.Schema {
	if found := s.Components.Schemas[name]; found != nil && found.Value != nil {
		return found.Value
	}
	return &openapi3.Schema{}
}

// body returns the schema of an operation's content, or nil.
func body(content openapi3.Content) *openapi3.SchemaRef {
	for _, described := range content {
		return described.Schema // the generator uses the same schema for all media types
	}
	return nil
}
