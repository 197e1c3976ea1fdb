package openapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// refusal is a failure that operations have in common.
type refusal struct {
	code    codes.Code
	about   string
	message string
	applies func(*described) bool
}

func always(*described) bool { return true }

func named(o *described) bool { return o.isVendor() || strings.Contains(o.Pattern, "{") }

// refusals are the failures of operations, by their documented HTTP status.
var refusals = []refusal{
	{codes.InvalidArgument, "The request is wrong. Nothing was changed.", "The request is not valid.", always},
	{codes.Unauthenticated, "The credential is missing or not valid.", "A credential is needed.", always},
	{codes.PermissionDenied, "The credential does not allow this.", "The credential does not allow this.", always},
	{codes.NotFound, "There is no such resource.", "There is no such resource.", named},
	{codes.Aborted, "The state does not allow this, or somebody else was first. Nothing was changed.", "Another change was made at the same time. Try again.", (*described).changes},
	{codes.ResourceExhausted, "Too much was asked for. Try again later.", "Too many requests.", always},
	{codes.Unavailable, "The service is away. Try again later.", "The service is not available at the moment.", always},
}

// responses returns the answers of an operation by status: success, and what it may be refused for.
func (d *description) responses(o *described) (map[string]*response, error) {
	all := map[string]*response{}
	httpStatus, success := d.success(o)
	all[httpStatus] = success
	for _, refused := range refusals {
		if !refused.applies(o) {
			continue
		}
		failed := o.contract.Framework.StatusFailure(o.Route, status.New(refused.code, refused.message))
		answer, err := d.failureResponse(o, failed, refused.about)
		if err != nil {
			return nil, err
		}
		all[strconv.Itoa(failed.Status)] = answer
	}
	if !o.isVendor() && o.EtagPath() != nil {
		all[strconv.Itoa(http.StatusPreconditionFailed)] = &response{
			Description: "The resource has changed since the state that If-Match names.", Content: d.failureContent(o, nil, "application/json"),
		}
	}
	if o.tagged() && !o.changes() {
		all[strconv.Itoa(http.StatusNotModified)] = &response{Description: "The resource is still in the state that If-None-Match names; there is no body."}
	}
	d.recordedFailures(o, all)
	all["default"] = &response{Description: "Another failure, in the same form.", Content: map[string]*mediaType{}}
	for _, produced := range o.contract.Framework.Produces {
		all["default"].Content[produced] = &mediaType{Schema: d.errorSchema(o)}
	}
	return all, nil
}

// failureResponse returns an answer with the examples that the contract itself writes for the failure.
func (d *description) failureResponse(o *described, failed *failure.Failure, about string) (*response, error) {
	answer := &response{Description: about, Content: map[string]*mediaType{}}
	failed.Answer = o.Answer()
	for _, produced := range o.contract.Framework.Produces {
		format := wire.JSON
		if isXML(produced) {
			format = wire.XML
		}
		body, err := o.contract.RenderError(failed, format)
		if err != nil {
			return nil, fmt.Errorf("writing an example of a failure: %w", err)
		}
		answer.Content[produced] = &mediaType{Schema: d.errorSchema(o), Example: exampleOf(body, format)}
	}
	if failed.Status == http.StatusUnauthorized {
		answer.Headers = map[string]*header{"WWW-Authenticate": {Description: "The schemes that are accepted.", Schema: &schema{Type: "string"}}}
	}
	return answer, nil
}

func exampleOf(body []byte, format wire.Format) any {
	if format == wire.JSON {
		return json.RawMessage(body)
	}
	return string(body)
}

// recordedFailures replaces examples of failures by those of calls that were made.
func (d *description) recordedFailures(o *described, all map[string]*response) {
	for _, shown := range o.examples {
		answer := all[strconv.Itoa(shown.Status)]
		if shown.succeeds() || answer == nil {
			continue
		}
		for produced, content := range answer.Content {
			if recorded := shown.answerAs(produced); recorded != nil {
				content.Example = recorded
			}
		}
	}
}

func (d *description) failureContent(o *described, example any, produced string) map[string]*mediaType {
	return map[string]*mediaType{produced: {Schema: d.errorSchema(o), Example: example}}
}

// success returns the status and the answer of a success.
func (d *description) success(o *described) (httpStatus string, success *response) {
	success = &response{Description: "Done.", Content: map[string]*mediaType{}}
	switch answer := o.Answer(); {
	case o.contract.Framework.LoosePaths && answer.Fields().Len() == 0:
		return "204", &response{Description: "Done; there is no body."}
	case o.DocumentType() != "":
		success.Description = "The document."
		success.Content[o.DocumentType()] = &mediaType{Schema: fileSchema(o.DocumentType())}
		return "200", success
	case o.RPC.IsStreamingServer():
		success.Description = "A stream of messages, each on a line of its own, or as server-sent events."
		success.Content[native.LinesType] = &mediaType{Schema: d.chunk(o)}
		success.Content[native.EventStreamType] = &mediaType{Schema: &schema{Type: "string"}}
		return "200", success
	}
	for _, produced := range o.contract.Framework.Produces {
		success.Content[produced] = &mediaType{Schema: d.answerSchema(o), Example: o.answerExample(produced)}
	}
	if o.tagged() {
		success.Headers = map[string]*header{"ETag": {Description: "The etag of the resource.", Schema: &schema{Type: "string"}}}
	}
	return "200", success
}

// fileSchema returns the schema of a file.
func fileSchema(contentType string) *schema {
	if strings.HasPrefix(contentType, "text/") {
		return &schema{Type: "string"}
	}
	return &schema{Type: "string", ContentMediaType: contentType, ContentEncoding: "binary"}
}

// chunk returns the schema of a message of a stream, or of the failure that ends it.
func (d *description) chunk(o *described) *schema {
	return &schema{OneOf: []*schema{
		{Type: "object", Required: []string{"result"}, Properties: properties{{"result", d.answerSchema(o)}}},
		{Type: "object", Required: []string{"error"}, Properties: properties{{"error", reference(o.contract.Framework.Error.Name)}}},
	}}
}

func (d *description) answerSchema(o *described) *schema {
	if o.isVendor() {
		return d.vendorMessage(o.Answer())
	}
	return d.nativeMessage(o.Answer(), false)
}

// answerExample returns the answer to the first call that succeeded, or nil.
func (o *described) answerExample(produced string) any {
	for _, shown := range o.examples {
		if shown.succeeds() {
			return shown.answerAs(produced)
		}
	}
	return nil
}

// errorSchema returns the schema of an operation's failures.
func (d *description) errorSchema(o *described) *schema {
	if message := o.contract.Docs.Error; message != nil {
		return d.vendorMessage(message(o.Answer()))
	}
	own := o.contract.Framework.Error
	d.document.Components.Schemas[own.Name] = json.RawMessage(own.JSON)
	if o.RPC.IsStreamingServer() && o.DocumentType() == "" { // a failure of the service is the stream's only message
		wrapped := &schema{Type: "object", Required: []string{"error"}, Properties: properties{{"error", reference(own.Name)}}}
		return &schema{OneOf: []*schema{reference(own.Name), wrapped}}
	}
	return reference(own.Name)
}
