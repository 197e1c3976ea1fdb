// Package openapi makes the API's description fit what is on the wire. The generated one describes every message as
// protojson would write it; the vendor contracts have names, lists, numbers, media types and errors of their own, which
// their proto options state.
package openapi

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

const overview = "Three vendor contracts, answered as their vendors do, and Continuo's native API over the same data. " +
	"The native API is resource-oriented, after the AIPs (https://aip.dev); its errors are google.rpc.Status. " +
	"It refuses query parameters and fields that a method does not take; a date in a query may be written 2026-02-01."

// Describe is the description that is served: OpenAPI 2 as JSON, from the generated one, the contracts in the order of their
// groups, the native API's among them, and the routes that are offered.
func Describe(generated [][]byte, contracts []*contract.Contract, routes []*route.Route) ([]byte, error) {
	d := &description{operations: map[string]*object{}, schemas: newObject(), paths: newObject()}
	for _, text := range generated {
		source, err := parse(text)
		if err != nil {
			return nil, err
		}
		d.sources = append(d.sources, source)
		d.indexOperations(source)
	}
	known := map[string]*contract.Contract{}
	for _, contract := range contracts {
		known[contract.Name] = contract
		if contract.Docs.Tag != "" {
			d.addTag(contract.Docs.Tag, contract.Docs.About)
		}
	}
	for _, offered := range routes {
		if err := d.addRoute(operation{offered, known[offered.Contract]}); err != nil {
			return nil, err
		}
	}
	document := newObject(
		"swagger", "2.0",
		"info", newObject("title", "Continuo", "description", overview, "version", "1"),
		"tags", d.tagList,
		"paths", d.paths,
		"securityDefinitions", newObject(
			"basic", newObject("type", "basic"),
			"bearer", newObject("type", "apiKey", "in", "header", "name", "Authorization", "description", "`Bearer KEY`"),
		),
		"definitions", d.schemas,
	)
	text, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("writing the description: %w", err)
	}
	return text, nil
}

// operation is a route and the contract that it belongs to.
type operation struct {
	*route.Route
	contract *contract.Contract
}

// description is the document as it grows, route by route.
type description struct {
	sources    []*object
	operations map[string]*object
	paths      *object
	schemas    *object
	tagList    list
}

var pathVariable = regexp.MustCompile(`\{[^}]*\}`)

// operationKey names a generated operation: the generator numbers paths and operation ids that it uses twice.
func operationKey(method, path, id string) string {
	return strings.ToLower(method) + " " + pathVariable.ReplaceAllString(path, "{}") + " " + strings.TrimRight(id, "0123456789")
}

func (d *description) indexOperations(source *object) {
	paths := source.object("paths")
	for _, path := range paths.names {
		for _, method := range paths.object(path).names {
			operation := paths.object(path).object(method)
			d.operations[operationKey(method, path, operation.text("operationId"))] = operation
		}
	}
}

// addRoute describes one method and path.
func (d *description) addRoute(offered operation) error {
	service := offered.RPC.Parent()
	id := string(service.Name()) + "_" + string(offered.RPC.Name())
	generated, ok := d.operations[operationKey(offered.HTTPMethod, strings.TrimPrefix(offered.Pattern, offered.Prefix), id)]
	if !ok {
		return fmt.Errorf("the generated description has no %s %s", offered.HTTPMethod, offered.Pattern)
	}
	path, parameters := offered.Shown()
	summary, details := split(prose(generated.text("summary") + "\n\n" + generated.text("description")))
	described := newObject(
		"tags", list{d.tagOf(offered)},
		"summary", summary,
		"description", details,
		"operationId", strings.Trim(strings.NewReplacer("/", ".", "{", "", "}", "", ":", ".").Replace(
			string(offered.RPC.FullName())+"."+strings.ToLower(offered.HTTPMethod)+path), "."),
	)
	d.addMediaTypes(described, offered)
	described.set("parameters", d.parameters(offered, generated, parameters))
	described.set("responses", d.responses(offered, generated))
	if !offered.contract.Docs.TokenInBody {
		described.set("security", list{newObject("bearer", list{}), newObject("basic", list{})})
	}
	methods := d.paths.object(path)
	methods.set(strings.ToLower(offered.HTTPMethod), described)
	d.paths.set(path, methods)
	return nil
}

// tagOf is the group of a route: its contract's, or for a native one that of its service, which it adds where it is new.
func (d *description) tagOf(offered operation) string {
	if tag := offered.contract.Docs.Tag; tag != "" {
		return tag
	}
	service, about := offered.RPC.Parent(), ""
	name := strings.TrimPrefix(offered.Prefix, "/") + ": " + strings.TrimSuffix(string(service.Name()), "Service")
	for _, source := range d.sources {
		for _, generated := range source.list("tags") {
			if entry, ok := generated.(*object); ok && entry.text("name") == string(service.Name()) {
				about = prose(entry.text("description"))
			}
		}
	}
	d.addTag(name, about)
	return name
}

func (d *description) addTag(name, about string) {
	for _, known := range d.tagList {
		if entry, ok := known.(*object); ok && entry.text("name") == name {
			return
		}
	}
	d.tagList = append(d.tagList, newObject("name", name, "description", about))
}

var sentenceEnd = regexp.MustCompile(`[.](\s|$)`)

// split takes the first sentence off a text, without its full stop.
func split(text string) (sentence, rest string) {
	end := sentenceEnd.FindStringIndex(text)
	if end == nil {
		return text, ""
	}
	return strings.ReplaceAll(text[:end[0]], "\n", " "), strings.TrimSpace(text[end[1]:])
}

// prose is a generated comment without what it says to tools.
func prose(comment string) string {
	var lines []string
	for line := range strings.SplitSeq(comment, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "buf:lint:") {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

func (d *description) addMediaTypes(described *object, offered operation) {
	produces := offered.contract.Framework.Produces
	switch {
	case offered.DocumentType() != "":
		produces = []string{offered.DocumentType()}
	case offered.RPC.IsStreamingServer():
		produces = append(slices.Clone(produces), "text/event-stream")
	}
	if offered.Body != "" {
		described.set("consumes", offered.contract.Framework.Consumes)
	}
	described.set("produces", produces)
}

// parameters are those of the path, one a segment, then those that were generated for query and body.
func (d *description) parameters(offered operation, generated *object, inPath []route.Parameter) list {
	described := map[string]string{}
	var others list
	for _, entry := range generated.list("parameters") {
		parameter, ok := entry.(*object)
		switch {
		case !ok:
		case parameter.text("in") == "path":
			described[parameter.text("name")] = parameter.text("description")
		case parameter.text("in") == "body":
			parameter.set("schema", d.schemaOf(offered.Model(), parameter.object("schema")))
			others = append(others, parameter)
		case offered.TakesQuery():
			if parameter, ok = inQuery(offered, parameter); ok {
				others = append(others, parameter)
			}
		}
	}
	all := list{}
	for _, variable := range inPath {
		about := described[variable.Field.JSONName()]
		if variable.Part {
			about = fmt.Sprintf("Id of the %s.", variable.Name)
		}
		parameter := newObject("name", variable.Name, "in", "path", "required", true, "description", about, "type", "string")
		if variable.Field.Kind() == protoreflect.Int32Kind {
			parameter.set("type", "integer")
			parameter.set("format", "int32")
		}
		all = append(all, parameter)
	}
	return append(all, others...)
}

// inQuery is how a query parameter is described. A date that is a field of the request is one text, where the generator
// names the three fields of a google.type.Date: the first of these stands for it.
func inQuery(offered operation, generated *object) (parameter *object, ok bool) {
	name, part, nested := strings.Cut(generated.text("name"), ".")
	field := offered.RPC.Input().Fields().ByJSONName(name)
	if !nested || field == nil || field.Message() == nil || field.Message().FullName() != "google.type.Date" {
		return generated, true
	}
	about := fmt.Sprintf("A date like 2026-02-01. Its parts may be given one by one instead: %s.year, %[1]s.month, %[1]s.day.", name)
	return newObject("name", name, "in", "query", "required", false, "description", about, "type", "string", "format", "date"), part == "year"
}

// responses are the success and, for whatever else, the contract's error.
func (d *description) responses(offered operation, generated *object) *object {
	success := newObject("description", "Success.")
	httpStatus := "200"
	answer := offered.Answer()
	switch {
	case offered.contract.Framework.LoosePaths && answer.Fields().Len() == 0:
		httpStatus = "204"
		success.set("description", "Done; there is no body.")
	case offered.DocumentType() != "":
		success.set("description", "The document.")
		success.set("schema", newObject("type", "file"))
	default:
		success.set("schema", d.schemaOf(answer, generated.object("responses").object("200").object("schema")))
	}
	failed := newObject("description", "Refused; nothing was changed.", "schema", d.errorSchema(offered))
	return newObject(httpStatus, success, "default", failed)
}
