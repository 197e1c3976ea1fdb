// Package framework says what serves a contract: how bodies are read and written, and how a request that the framework refuses
// is refused. Several vendors may share a framework; the words of their errors are their contracts' own.
package framework

import (
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/status"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// Framework is what serves a contract.
type Framework struct {
	// Wire are the proto options' names for the framework: a proto file of a contract has to name one of them.
	Wire []optionsv1.Framework
	// LoosePaths says that paths and methods match ignoring case, and paths with slashes at their end; that integers in paths are
	// read as .NET reads them; and that an answer without fields is 204.
	LoosePaths bool
	// Answer chooses from a request's headers how its answer is written down. The route is nil for a failure.
	Answer func(*route.Route, http.Header) Body
	// Sent says how a request's body is written down, or refuses its media type.
	Sent func(*http.Request) (Body, *failure.Failure)
	// Query is what the transcoder reads of a request's query, or why it is refused.
	Query func(*route.Route, *http.Request) (string, *failure.Failure)
	// Marshalers read bodies, by the media type that Sent chose, and write them, by the content type that Answer chose.
	Marshalers map[string]runtime.Marshaler
	// Unbound is why a body does not bind: a failure of the error of the marshaler that read it.
	Unbound func(*route.Route, error) *failure.Failure
	// Refused is what a service's status means to the caller.
	Refused func(*route.Route, *status.Status) *failure.Failure
	// Consumes and Produces are the media types that documentation lists.
	Consumes, Produces []string
	// Error is the framework's own error, as documentation shows it.
	Error ErrorSchema
}

// ErrorSchema describes an error.
type ErrorSchema struct {
	// Name is the schema's name.
	Name string
	// JSON is the schema, in OpenAPI.
	JSON string
}
