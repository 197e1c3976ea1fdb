package aspnet

import (
	"net/http"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
)

// Framework is ASP.NET Web API 2.
var Framework = framework.Framework{
	Wire: []optionsv1.Framework{
		optionsv1.Framework_FRAMEWORK_ASPNET_DATA_CONTRACT, optionsv1.Framework_FRAMEWORK_ASPNET_XML_SERIALIZER,
	},
	LoosePaths:     true,
	ResponseFormat: func(_ *route.Route, header http.Header) framework.Body { return Negotiate(header) },
	RequestFormat:  sent,
	Query:          framework.IgnoreQuery,
	BindFailure:    framework.BindFailure,
	StatusFailure:  framework.StatusFailure,
	Consumes:       []string{"application/json", "text/json", "application/xml", "text/xml", "application/x-www-form-urlencoded"},
	Produces:       []string{"application/json", "text/json", "application/xml", "text/xml"},
	Error: framework.ErrorSchema{
		Name: "HttpError",
		JSON: `{"type":"object","xml":{"name":"` + ErrorElement + `"},"properties":{` +
			`"` + MessageName + `":{"type":"string","description":"What was wrong."},` +
			`"` + ModelStateName + `":{"type":"object","description":"What is wrong with each member, by its path.",` +
			`"additionalProperties":{"type":"array","items":{"type":"string"}}}}}`,
	},
}

// sent requires a known media type unless the body is empty.
func sent(r *http.Request) (framework.Body, *failure.Failure) {
	body, declared, readable := Incoming(r.Header)
	switch {
	case readable:
		return body, nil
	case r.ContentLength == 0:
		return framework.Body{MediaType: formatters[0].types[0]}, nil // an empty body has no model in any format
	default:
		return body, failure.MediaType(body.MediaType, declared)
	}
}
