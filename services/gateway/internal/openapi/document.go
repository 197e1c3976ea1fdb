package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// document is an OpenAPI 3.1 document. Its parts have the names that the specification gives them.
type document struct {
	OpenAPI    string                `json:"openapi"`
	Info       info                  `json:"info"`
	Servers    []server              `json:"servers"`
	Tags       []*tag                `json:"tags"`
	Paths      map[string]*pathItem  `json:"paths"`
	Components components            `json:"components"`
	Security   []map[string][]string `json:"security"`
}

type info struct {
	Title       string   `json:"title"`
	Summary     string   `json:"summary"`
	Description string   `json:"description"`
	Version     string   `json:"version"`
	License     *license `json:"license,omitempty"`
}

type license struct {
	Name string `json:"name"`
	URL  string `json:"url,omitempty"`
}

type server struct {
	URL         string `json:"url"`
	Description string `json:"description"`
}

type tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// pathItem has the operations of a path by method, in lower case.
type pathItem map[string]*operation

type operation struct {
	OperationID string                `json:"operationId"`
	Summary     string                `json:"summary"`
	Description string                `json:"description,omitempty"`
	Tags        []string              `json:"tags"`
	Security    []map[string][]string `json:"security"`
	Parameters  []*parameter          `json:"parameters,omitempty"`
	RequestBody *requestBody          `json:"requestBody,omitempty"`
	Responses   map[string]*response  `json:"responses"`
}

type parameter struct {
	Ref         string  `json:"$ref,omitempty"`
	Name        string  `json:"name,omitempty"`
	In          string  `json:"in,omitempty"`
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Schema      *schema `json:"schema,omitempty"`
	Example     any     `json:"example,omitempty"`
}

type requestBody struct {
	Description string                `json:"description,omitempty"`
	Required    bool                  `json:"required,omitempty"`
	Content     map[string]*mediaType `json:"content"`
}

type response struct {
	Ref         string                `json:"$ref,omitempty"`
	Description string                `json:"description,omitempty"`
	Headers     map[string]*header    `json:"headers,omitempty"`
	Content     map[string]*mediaType `json:"content,omitempty"`
}

type header struct {
	Description string  `json:"description"`
	Schema      *schema `json:"schema"`
}

type mediaType struct {
	Schema  *schema `json:"schema,omitempty"`
	Example any     `json:"example,omitempty"`
}

type components struct {
	Schemas         map[string]any             `json:"schemas"`
	Parameters      map[string]*parameter      `json:"parameters"`
	Responses       map[string]*response       `json:"responses"`
	SecuritySchemes map[string]*securityScheme `json:"securitySchemes"`
}

type securityScheme struct {
	Type        string `json:"type"`
	Scheme      string `json:"scheme"`
	Description string `json:"description"`
}

// schema is a JSON Schema of draft 2020-12, with OpenAPI's xml.
type schema struct {
	Ref                  string     `json:"$ref,omitempty"`
	Type                 any        `json:"type,omitempty"` // a name, or several
	Description          string     `json:"description,omitempty"`
	Format               string     `json:"format,omitempty"`
	ContentEncoding      string     `json:"contentEncoding,omitempty"`
	ContentMediaType     string     `json:"contentMediaType,omitempty"`
	Enum                 []any      `json:"enum,omitempty"`
	Const                any        `json:"const,omitempty"`
	Pattern              string     `json:"pattern,omitempty"`
	MinLength            uint64     `json:"minLength,omitempty"`
	MaxLength            uint64     `json:"maxLength,omitempty"`
	Minimum              *int64     `json:"minimum,omitempty"`
	Maximum              *int64     `json:"maximum,omitempty"`
	MinItems             uint64     `json:"minItems,omitempty"`
	MaxItems             uint64     `json:"maxItems,omitempty"`
	Items                *schema    `json:"items,omitempty"`
	Properties           properties `json:"properties,omitempty"`
	Required             []string   `json:"required,omitempty"`
	AdditionalProperties any        `json:"additionalProperties,omitempty"` // a bool or a schema
	OneOf                []*schema  `json:"oneOf,omitempty"`
	ReadOnly             bool       `json:"readOnly,omitempty"`
	WriteOnly            bool       `json:"writeOnly,omitempty"`
	XML                  *xmlShape  `json:"xml,omitempty"`
}

type xmlShape struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Wrapped   bool   `json:"wrapped,omitempty"`
}

// properties are the members of an object in the order of their declaration.
type properties []property

type property struct {
	name string
	*schema
}

// MarshalJSON writes an object whose members keep their order.
func (p properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, member := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(member.name)
		if err != nil {
			return nil, fmt.Errorf("encoding a property's name: %w", err)
		}
		value, err := json.Marshal(member.schema)
		if err != nil {
			return nil, fmt.Errorf("encoding property %s: %w", member.name, err)
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

func reference(name string) *schema { return &schema{Ref: "#/components/schemas/" + name} }

// orNull returns the schema of values that may also be null.
func orNull(of *schema) *schema {
	if name, ok := of.Type.(string); ok && of.Ref == "" {
		of.Type = []string{name, "null"}
		if len(of.Enum) > 0 {
			of.Enum = append(of.Enum, nil)
		}
		return of
	}
	about, shape := of.Description, of.XML
	of.Description, of.XML = "", nil
	return &schema{Description: about, XML: shape, OneOf: []*schema{of, {Type: "null"}}}
}
