// Package native serves Continuo's own API over REST, as one more contract: JSON as protojson
// writes it, failures as google.rpc.Status, and strict query parameters.
package native

import (
	"net/http"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/status"

	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is the contract of the native API.
var Contract = contract.Contract{
	Framework:   &Framework,
	RenderError: render,
	Challenges:  []string{contract.Bearer, contract.Basic},
}

const jsonType = "application/json"

// Framework is protojson with the path rules of the transcoder.
var Framework = framework.Framework{
	ResponseFormat: answer,
	RequestFormat:  sent,
	Conditional:    true,
	CheckPath:      checkPath,
	Query:          query,
	Marshalers: map[string]runtime.Marshaler{
		runtime.MIMEWildcard: marshaler(),
		jsonType:             marshaler(),
		EventStreamType:      eventStream{marshaler()},
		LinesType:            lines{marshaler()},
		documentType:         &documents{runtime.HTTPBodyMarshaler{Marshaler: marshaler()}},
	},
	BindFailure:   unbound,
	StatusFailure: refused,
	Consumes:      []string{jsonType},
	Produces:      []string{jsonType},
	Error: framework.ErrorSchema{
		Name: "google.rpc.Status",
		JSON: `{"type":"object","description":"google.rpc.Status.","properties":{` +
			`"code":{"type":"integer","format":"int32","description":"The gRPC code."},` +
			`"message":{"type":"string","description":"What was wrong and what to do."},` +
			`"details":{"type":"array","items":{"type":"object"},` +
			`"description":"google.rpc.ErrorInfo with a stable reason, google.rpc.BadRequest with one violation per field."}}}`,
	},
}

// answer returns JSON, or the representation for documents and streams.
func answer(asked *route.Route, header http.Header) framework.Body {
	switch {
	case asked == nil:
	case asked.DocumentType() != "":
		return framework.Body{MediaType: documentType}
	case asked.RPC.IsStreamingServer() && wantsEvents(header):
		return framework.Body{MediaType: EventStreamType}
	case asked.RPC.IsStreamingServer():
		return framework.Body{MediaType: LinesType}
	}
	return framework.Body{MediaType: jsonType}
}

// sent requires JSON unless the body is empty.
func sent(r *http.Request) (framework.Body, *failure.Failure) {
	body, declared, readable := aspnet.Incoming(r.Header)
	if readable && body.Format == wire.JSON || r.ContentLength == 0 {
		return framework.Body{MediaType: jsonType}, nil
	}
	return body, failure.MediaType(body.MediaType, declared)
}

// refused keeps the status of the service, with the usual HTTP status for its code and the names of
// fields as JSON spells them.
func refused(asked *route.Route, serviceStatus *status.Status) *failure.Failure {
	failed := failure.FromStatus(serviceStatus, func(path string) string { return path })
	failed.Status = runtime.HTTPStatusFromCode(failed.Code)
	if failed.Code == serviceStatus.Code() {
		failed.Details = serviceStatus.Proto().GetDetails()
	}
	spell(asked, failed)
	return failed
}
