// Package sedona renders failures as the Sedona application does: as the framework's own error.
package sedona

import (
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Contract is the Sedona contract. Its clients authenticate with Basic.
var Contract = contract.Contract{
	Name:        "sedona",
	Framework:   &aspnet.Framework,
	RenderError: Render,
	Challenges:  []string{contract.Basic, contract.Bearer},
	Docs: contract.Docs{
		Tag:   "Sedona",
		About: "The Sedona contract (ASP.NET Web API 2, DataContractSerializer): recurring lines and items.",
	},
}

// messages maps reasons to messages of the framework. Other failures keep their own message.
var messages = map[string]string{
	failure.InvalidToken:  "Authorization has been denied for this request.",
	failure.InternalError: failure.ErrorOccurred,
}

// Render returns the body of a failure. Invalid members are listed in the model state, below the
// framework's message for them.
func Render(failed *failure.Failure, format wire.Format) ([]byte, error) {
	rendered := *failed
	if message, ok := messages[failed.Reason]; ok {
		rendered.Message = message
	}
	if len(failed.Fields) > 0 {
		rendered.Message = failure.InvalidRequest
	}
	return aspnet.HTTPError(&rendered, format), nil
}
