// Package openapi builds the OpenAPI 3.1 description of the API from the proto descriptors: routes
// from google.api.http, schemas from messages, bounds from buf.validate, texts from comments. The
// vendor contracts' names, lists, numbers, nulls and media types follow from options in their
// protos. Examples are calls that a test sends to a running Continuo.
package openapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// API is what to describe.
type API struct {
	// Contracts are the contracts in the order of their groups, the native API included.
	Contracts []*contract.Contract
	// Routes are the routes that are offered.
	Routes []*route.Route
	// Comment returns the comment on something that a proto declares, or "".
	Comment func(protoreflect.Descriptor) string
}

// Describe returns the description as JSON.
func Describe(offered API) ([]byte, error) {
	d, err := newDescription(offered)
	if err != nil {
		return nil, err
	}
	for _, listed := range offered.Contracts {
		if listed.Docs.Tag != "" {
			d.tag(listed.Docs.Tag, listed.Docs.About)
		}
	}
	for _, offered := range offered.Routes {
		if err := d.addRoute(offered); err != nil {
			return nil, fmt.Errorf("describing %s %s: %w", offered.HTTPMethod, offered.Pattern, err)
		}
	}
	d.answerOnly()
	text, err := json.Marshal(d.document)
	if err != nil {
		return nil, fmt.Errorf("encoding the description: %w", err)
	}
	return text, nil
}

// description is the document under construction.
type description struct {
	API
	document  *document
	contracts map[string]*contract.Contract
	examples  map[string][]example // by operation
	ids       map[string]bool      // of operations
	tags      map[string]bool
	// native are the native messages that have a schema, by its name; sent are the names of those
	// that a request can hold.
	native map[string]protoreflect.MessageDescriptor
	sent   map[string]bool
}

func newDescription(offered API) (*description, error) {
	examples, err := readExamples()
	if err != nil {
		return nil, err
	}
	d := &description{
		API: offered, examples: examples, document: frame(), contracts: map[string]*contract.Contract{},
		ids: map[string]bool{}, tags: map[string]bool{}, native: map[string]protoreflect.MessageDescriptor{}, sent: map[string]bool{},
	}
	for _, listed := range offered.Contracts {
		d.contracts[listed.Name] = listed
	}
	return d, nil
}

const overview = "Three vendor contracts, answered as their vendors do, and Continuo's native API over the same data. " +
	"The native API is resource-oriented, after the AIPs (https://aip.dev); its errors are google.rpc.Status. " +
	"Unknown query parameters and fields are refused. The guide is at /docs."

// frame returns a document without operations.
func frame() *document {
	return &document{
		OpenAPI: "3.1.0",
		Info: info{
			Title: "Continuo", Summary: "A self-hosted backend for recurring revenue.", Description: overview, Version: "1",
		},
		Servers:  []server{{URL: "/", Description: "This Continuo."}},
		Paths:    map[string]*pathItem{},
		Security: credentials(),
		Components: components{
			Schemas:    map[string]any{},
			Parameters: headerParameters(),
			Responses:  map[string]*response{},
			SecuritySchemes: map[string]*securityScheme{
				"bearer": {Type: "http", Scheme: "bearer", Description: "`Authorization: Bearer KEY`, with an API key, a token of the identity provider or, for subscriptions, the token of a CRM.COM session."},
				"basic":  {Type: "http", Scheme: "basic", Description: "A name, which is ignored, and an API key as the password."},
			},
		},
	}
}

// credentials are the ways to authenticate, of which a request uses one.
func credentials() []map[string][]string {
	return []map[string][]string{{"bearer": {}}, {"basic": {}}}
}

// tag adds a tag unless it is known.
func (d *description) tag(name, about string) {
	if !d.tags[name] {
		d.tags[name] = true
		d.document.Tags = append(d.document.Tags, &tag{Name: name, Description: about})
	}
}

// comment returns the comment on something that a proto declares, with each paragraph and each entry of
// a list on a line of its own.
func (d *description) comment(of protoreflect.Descriptor) string {
	var out strings.Builder
	for line := range strings.Lines(d.Comment(of)) {
		text := strings.TrimRight(line, " \n")
		switch {
		case out.Len() == 0:
		case text == "" || strings.HasPrefix(text, "- ") || strings.HasPrefix(text, "    "):
			out.WriteByte('\n')
		case strings.HasSuffix(out.String(), "\n"):
		default:
			out.WriteByte(' ')
			text = strings.TrimLeft(text, " ")
		}
		out.WriteString(text)
		if text == "" {
			out.WriteByte('\n')
		}
	}
	return strings.TrimSpace(out.String())
}

// split returns the first sentence of a comment as a heading, and what is to be said below it: the rest,
// or all of it if the heading leaves out what is in parentheses.
func split(text string) (heading, rest string) {
	heading = text
	for i, c := range text {
		if c == '.' && (i+1 == len(text) || text[i+1] == ' ' || text[i+1] == '\n') {
			heading, rest = text[:i], strings.TrimSpace(text[i+1:])
			break
		}
	}
	if before, _, aside := strings.Cut(heading, " ("); aside {
		return before, text
	}
	return heading, rest
}
