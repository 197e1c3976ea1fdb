// Package strictjson is a framework that supports JSON only. It ignores the Accept header.
package strictjson

import (
	"net/http"

	optionsv1 "github.com/continuo-billing/continuo/gen/go/continuo/options/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

var (
	answer    = framework.Body{Format: wire.JSON, MediaType: "application/json", Charset: framework.UTF8}
	otherName = framework.Body{Format: wire.JSON, MediaType: "text/json", Charset: framework.UTF8}
)

// Framework is the strict JSON framework.
var Framework = framework.Framework{
	Wire:           []optionsv1.Framework{optionsv1.Framework_FRAMEWORK_STRICT_JSON},
	LoosePaths:     true,
	ResponseFormat: func(*route.Route, http.Header) framework.Body { return answer },
	RequestFormat:  sent,
	Query:          framework.IgnoreQuery,
	BindFailure:    framework.BindFailure,
	StatusFailure:  framework.StatusFailure,
	Consumes:       []string{answer.MediaType, otherName.MediaType},
	Produces:       []string{answer.MediaType},
}

// sent accepts JSON, also without a Content-Type.
func sent(r *http.Request) (framework.Body, *failure.Failure) {
	body, declared, readable := aspnet.Incoming(r.Header)
	switch {
	case readable && body.Format == wire.JSON:
		return body, nil
	case r.Header.Get("Content-Type") == "":
		return answer, nil
	default:
		return body, failure.MediaType(body.MediaType, declared)
	}
}
