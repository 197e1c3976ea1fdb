package gateway

import (
	"github.com/continuo-billing/continuo/services/gateway/internal/contract"
	"github.com/continuo-billing/continuo/services/gateway/internal/crmcom"
	"github.com/continuo-billing/continuo/services/gateway/internal/dynamics"
	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/sedona"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// contracts lists the vendor contracts in the order of the documentation.
var contracts = []*contract.Contract{&dynamics.Contract, &crmcom.Contract, &sedona.Contract}

// unclaimedContract renders errors for paths that belong to no contract, as ASP.NET does.
var unclaimedContract = contract.Contract{
	Framework: &aspnet.Framework,
	RenderError: func(failed *failure.Failure, format wire.Format) ([]byte, error) {
		return aspnet.HTTPError(failed, format), nil
	},
	Challenges: []string{contract.Bearer, contract.Basic},
}
