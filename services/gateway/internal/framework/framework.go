// Package framework describes the frameworks that serve contracts: how bodies are read and written,
// and how invalid requests are rejected. Several vendors may share a framework; each contract
// renders its own errors.
package framework

import (
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/status"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// Framework describes the framework of a contract.
type Framework struct {
	// Wire lists the framework's names in proto options. The proto files of a contract must use one
	// of them.
	Wire []optionsv1.Framework
	// LoosePaths means that paths and methods are case-insensitive, trailing slashes are ignored,
	// integers in paths are parsed as in .NET, and responses without fields are 204.
	LoosePaths bool
	// ResponseFormat chooses the representation of the response from the request headers. The route is nil
	// for a failure.
	ResponseFormat func(*route.Route, http.Header) Body
	// RequestFormat returns the representation of the request body, or rejects its media type.
	RequestFormat func(*http.Request) (Body, *failure.Failure)
	// Conditional means that If-Match and If-None-Match are honoured and ETag is sent, as the native API
	// does.
	Conditional bool
	// CheckPath rejects an escaped path, or is nil.
	CheckPath func(escaped string) *failure.Failure
	// Query returns the query for the transcoder, given the body in UTF-8, or rejects the request's
	// query.
	Query func(asked *route.Route, r *http.Request, body []byte) (string, *failure.Failure)
	// Marshalers read bodies of the native API by the media type from RequestFormat and write them by the
	// content type from ResponseFormat. Bodies of contracts are read and written by package wire.
	Marshalers map[string]runtime.Marshaler
	// BindFailure converts an error of binding the body to a failure.
	BindFailure func(*route.Route, error) *failure.Failure
	// StatusFailure converts a status of a service to a failure.
	StatusFailure func(*route.Route, *status.Status) *failure.Failure
	// Consumes and Produces are the media types listed in the documentation.
	Consumes, Produces []string
	// Error is the framework's own error, for the documentation.
	Error ErrorSchema
}

// ErrorSchema is the schema of an error.
type ErrorSchema struct {
	// Name is the name of the schema.
	Name string
	// JSON is the schema in OpenAPI.
	JSON string
}
