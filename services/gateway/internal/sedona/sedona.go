// Package sedona words failures as the Sedona application does: with the framework's own error and its status.
package sedona

import (
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is Sedona's. Its clients send their credentials as Basic.
var Contract = contract.Contract{
	Name:        "sedona",
	Framework:   &aspnet.Framework,
	RenderError: Render,
	Challenge:   contract.Basic,
	Docs: contract.Docs{
		Tag:   "Sedona",
		About: "The Sedona contract (ASP.NET Web API 2, DataContractSerializer): recurring lines and items.",
	},
}

// messages are the framework's sentences for reasons that have one; any other failure tells its own message.
var messages = map[string]string{
	failure.InvalidToken:  "Authorization has been denied for this request.",
	failure.InternalError: failure.ErrorOccurred,
}

// Render is the body of a failure. Members at fault stand in the model state, below the framework's sentence for them.
func Render(failed *failure.Failure, format wire.Format) ([]byte, error) {
	told := *failed
	if message, ok := messages[failed.Reason]; ok {
		told.Message = message
	}
	if len(failed.Fields) > 0 {
		told.Message = failure.InvalidRequest
	}
	return aspnet.HTTPError(&told, format), nil
}
