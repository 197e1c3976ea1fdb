// Package openapi builds the OpenAPI description of the API. The generated descriptions show
// messages as protojson writes them. This package adapts them to the vendor contracts, whose names,
// lists, numbers, media types and errors follow from options in their protos.
package openapi

import (
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

const overview = "Three vendor contracts, answered as their vendors do, and Continuo's native API over the same data. " +
	"The native API is resource-oriented, after the AIPs (https://aip.dev); its errors are google.rpc.Status. " +
	"Unknown query parameters and fields are rejected."

// Describe returns the OpenAPI 3.0 description as JSON, from the generated descriptions, the
// contracts in the order of their groups, including the native API, and the offered routes.
func Describe(generated []fs.FS, contracts []*contract.Contract, routes []*route.Route) ([]byte, error) {
	d := newDescription(generated)
	known := map[string]*contract.Contract{}
	for _, contract := range contracts {
		known[contract.Name] = contract
		if contract.Docs.Tag != "" {
			d.addTag(contract.Docs.Tag, contract.Docs.About)
		}
	}
	for _, offered := range routes {
		if err := d.addRoute(offered, known[offered.Contract]); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(d.document)
	if err != nil {
		return nil, fmt.Errorf("encoding the description: %w", err)
	}
	return text, nil
}

// description is the document under construction.
type description struct {
	generated []fs.FS
	sources   map[string]*source // by proto file
	document  *openapi3.T
}

func newDescription(generated []fs.FS) *description {
	return &description{generated: generated, sources: map[string]*source{}, document: &openapi3.T{
		OpenAPI: "3.0.3",
		Info:    &openapi3.Info{Title: "Continuo", Description: overview, Version: "1"},
		Paths:   openapi3.NewPaths(),
		Components: &openapi3.Components{
			Schemas: openapi3.Schemas{},
			SecuritySchemes: openapi3.SecuritySchemes{
				"basic":  {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "basic"}},
				"bearer": {Value: &openapi3.SecurityScheme{Type: "http", Scheme: "bearer"}},
			},
		},
	}}
}

// sourceOf returns the generated description of a route's proto file. The schemas of native files
// are copied to the document.
func (d *description) sourceOf(offered *route.Route) (*source, error) {
	file := offered.RPC.ParentFile().Path()
	if known := d.sources[file]; known != nil {
		return known, nil
	}
	read, err := load(d.generated, file)
	if err != nil {
		return nil, err
	}
	d.sources[file] = read
	if offered.Contract == "" {
		for name, schema := range read.Components.Schemas {
			d.document.Components.Schemas[name] = schema
		}
	}
	return read, nil
}

func (d *description) addTag(name, about string) {
	if d.document.Tags.Get(name) == nil {
		d.document.Tags = append(d.document.Tags, &openapi3.Tag{Name: name, Description: about})
	}
}
