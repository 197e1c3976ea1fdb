// Command kubeschemas writes a JSON schema of each kind of Kubernetes, for kubeconform where it cannot download any. It makes
// them from the types in client-go's source, so they have fields and types but not which fields are required.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/structured-merge-diff/v6/schema"
)

const source = "applyconfigurations/internal/internal.go"

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "kubeschemas:", err)
		os.Exit(1)
	}
}

// run writes the schemas to a folder.
func run(folder string) error {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "k8s.io/client-go").Output()
	if err != nil {
		return fmt.Errorf("finding client-go: %w", err)
	}
	code, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(module)), source))
	if err != nil {
		return err
	}
	_, text, _ := strings.Cut(string(code), "YAMLObject(`")
	text, _, found := strings.Cut(text, "`)")
	if !found {
		return fmt.Errorf("%s has no types", source)
	}
	var types schema.Schema
	if err := yaml.Unmarshal([]byte(text), &types); err != nil {
		return fmt.Errorf("reading the types: %w", err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	definitions := map[string]any{}
	for _, definition := range types.Types {
		definitions[definition.Name] = ofAtom(definition.Atom)
	}
	for _, definition := range types.Types {
		if definition.Map == nil || !isKind(definition.Map.Fields) {
			continue
		}
		needed := map[string]any{}
		collect(definition.Name, definitions, needed)
		out, err := json.Marshal(map[string]any{"$ref": "#/definitions/" + definition.Name, "definitions": needed})
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, fileName(definition.Name)), out, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// isKind reports whether a type with these fields is a resource.
func isKind(fields []schema.StructField) bool {
	has := map[string]bool{}
	for _, field := range fields {
		has[field.Name] = true
	}
	return has["apiVersion"] && has["kind"] && has["metadata"]
}

// fileName is how kubeconform names the schema of io.k8s.api.GROUP.VERSION.KIND.
func fileName(name string) string {
	parts := strings.Split(name, ".")
	group, version, kind := parts[len(parts)-3], parts[len(parts)-2], parts[len(parts)-1]
	if group == "core" {
		return strings.ToLower(kind + "-" + version + ".json")
	}
	return strings.ToLower(kind + "-" + group + "-" + version + ".json")
}

// collect adds a definition, and those that it refers to.
func collect(name string, definitions, needed map[string]any) {
	if needed[name] != nil || definitions[name] == nil {
		return
	}
	needed[name] = definitions[name]
	var follow func(any)
	follow = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			if ref, ok := value["$ref"].(string); ok {
				collect(strings.TrimPrefix(ref, "#/definitions/"), definitions, needed)
			}
			for _, part := range value {
				follow(part)
			}
		}
	}
	follow(definitions[name])
}

func ofType(of schema.TypeRef) any {
	if of.NamedType != nil {
		return map[string]any{"$ref": "#/definitions/" + *of.NamedType}
	}
	return ofAtom(of.Inlined)
}

func ofAtom(atom schema.Atom) any {
	switch {
	case atom.Scalar != nil:
		if kind := map[schema.Scalar]string{schema.Numeric: "number", schema.String: "string", schema.Boolean: "boolean"}[*atom.Scalar]; kind != "" {
			return map[string]any{"type": kind}
		}
		return map[string]any{} // anything, such as a number or a name
	case atom.List != nil:
		return map[string]any{"type": "array", "items": ofType(atom.List.ElementType)}
	case atom.Map != nil && len(atom.Map.Fields) > 0:
		properties := map[string]any{}
		for _, field := range atom.Map.Fields {
			properties[field.Name] = ofType(field.Type)
		}
		return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	case atom.Map != nil:
		return map[string]any{"type": "object", "additionalProperties": ofType(atom.Map.ElementType)}
	}
	return map[string]any{}
}
