package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// operation is a route with its contract and its generated description.
type operation struct {
	*route.Route
	contract  *contract.Contract
	source    *source
	generated *openapi3.Operation
}

// addRoute adds the operation of a route to the document.
func (d *description) addRoute(offered *route.Route, of *contract.Contract) error {
	source, err := d.sourceOf(offered)
	if err != nil {
		return err
	}
	id := string(offered.RPC.Parent().Name()) + "_" + string(offered.RPC.Name())
	generated, ok := source.operations[operationKey(offered.HTTPMethod, strings.TrimPrefix(offered.Pattern, offered.Prefix), id)]
	if !ok {
		return fmt.Errorf("the generated description has no %s %s", offered.HTTPMethod, offered.Pattern)
	}
	o := operation{offered, of, source, generated}
	path, variables := offered.DocPath()
	summary, details := split(prose(generated.Summary + "\n\n" + generated.Description))
	described := &openapi3.Operation{
		Tags: []string{d.tagOf(o)}, Summary: summary, Description: details,
		OperationID: strings.Trim(strings.NewReplacer("/", ".", "{", "", "}", "", ":", ".").Replace(
			string(offered.RPC.FullName())+"."+strings.ToLower(offered.HTTPMethod)+path), "."),
		Parameters:  parameters(o, variables),
		RequestBody: d.requestBody(o),
		Responses:   d.responses(o),
	}
	if !of.Docs.TokenInBody {
		described.Security = &openapi3.SecurityRequirements{{"bearer": {}}, {"basic": {}}}
	}
	d.document.AddOperation(path, offered.HTTPMethod, described)
	return nil
}

// tagOf returns the tag of a route: that of its contract, or for a native route that of its
// service, which it adds if needed.
func (d *description) tagOf(o operation) string {
	if tag := o.contract.Docs.Tag; tag != "" {
		return tag
	}
	service, about := string(o.RPC.Parent().Name()), ""
	if generated := o.source.Tags.Get(service); generated != nil {
		about = prose(generated.Description)
	}
	name := strings.TrimPrefix(o.Prefix, "/") + ": " + strings.TrimSuffix(service, "Service")
	d.addTag(name, about)
	return name
}

var sentenceEnd = regexp.MustCompile(`[.](\s|$)`)

// split separates the first sentence of a text, without its full stop, from the rest.
func split(text string) (sentence, rest string) {
	end := sentenceEnd.FindStringIndex(text)
	if end == nil {
		return text, ""
	}
	return strings.ReplaceAll(text[:end[0]], "\n", " "), strings.TrimSpace(text[end[1]:])
}

// prose returns a generated comment without linter directives.
func prose(comment string) string {
	var lines []string
	for line := range strings.SplitSeq(comment, "\n") {
		if !strings.HasPrefix(strings.TrimSpace(line), "buf:lint:") {
			lines = append(lines, line)
		}
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// requestBody returns the description of the request body, or nil if there is none.
func (d *description) requestBody(o operation) *openapi3.RequestBodyRef {
	if o.Body == "" {
		return nil
	}
	var schema *openapi3.SchemaRef
	if sent := o.generated.RequestBody; sent != nil && sent.Value != nil {
		schema = body(sent.Value.Content)
	}
	if o.Contract != "" {
		schema = d.vendorMessage(o.source, o.Model())
	}
	return &openapi3.RequestBodyRef{Value: openapi3.NewRequestBody().WithRequired(true).
		WithContent(openapi3.NewContentWithSchemaRef(schema, o.contract.Framework.Consumes))}
}

// responses returns the response of a success and, by default, the contract's error.
func (d *description) responses(o operation) *openapi3.Responses {
	success, httpStatus, produces := openapi3.NewResponse().WithDescription("Success."), "200", o.contract.Framework.Produces
	switch answer := o.Answer(); {
	case o.contract.Framework.LoosePaths && answer.Fields().Len() == 0:
		success, httpStatus = openapi3.NewResponse().WithDescription("Done; there is no body."), "204"
	case o.DocumentType() != "":
		file := openapi3.NewStringSchema().WithFormat("binary")
		success = openapi3.NewResponse().WithDescription("The document.").WithContent(openapi3.NewContentWithSchema(file, []string{o.DocumentType()}))
	default:
		if o.RPC.IsStreamingServer() {
			produces = append(slices.Clone(produces), "text/event-stream")
		}
		success.Content = openapi3.NewContentWithSchemaRef(d.answerSchema(o), produces)
	}
	failed := openapi3.NewResponse().WithDescription("Refused; nothing was changed.").
		WithContent(openapi3.NewContentWithSchemaRef(d.errorSchema(o), o.contract.Framework.Produces))
	return openapi3.NewResponses(
		openapi3.WithName(httpStatus, success),
		openapi3.WithName("default", failed),
	)
}

func (d *description) answerSchema(o operation) *openapi3.SchemaRef {
	if o.Contract != "" {
		return d.vendorMessage(o.source, o.Answer())
	}
	if generated := o.generated.Responses.Status(200); generated != nil && generated.Value != nil {
		return body(generated.Value.Content)
	}
	return nil
}
