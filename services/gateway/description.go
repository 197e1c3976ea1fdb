package gateway

import (
	"fmt"
	"slices"

	"github.com/continuo-billing/continuo/services/gateway/internal/native"
	"github.com/continuo-billing/continuo/services/gateway/internal/openapi"
	"github.com/continuo-billing/continuo/services/gateway/internal/route"
	"github.com/continuo-billing/continuo/services/platform/protos"
)

// Description returns the OpenAPI description of the whole API as JSON.
func Description() ([]byte, error) {
	whole := wholeAPI(Config{})
	var routes []*route.Route
	for _, backend := range whole.backends {
		for _, service := range slices.Concat(backend.services, shared) {
			found, err := route.FromService(service.name, "/"+backend.name)
			if err != nil {
				return nil, fmt.Errorf("reading the paths of %s: %w", service.name, err)
			}
			routes = append(routes, found...)
		}
	}
	return whole.describe(routes)
}

// describe returns the OpenAPI description of some routes of the API.
func (a api) describe(routes []*route.Route) ([]byte, error) {
	text, err := openapi.Describe(openapi.API{
		Contracts: append(slices.Clone(a.contracts), &native.Contract), Routes: routes, Comment: protos.Comment,
	})
	if err != nil {
		return nil, fmt.Errorf("describing the API: %w", err)
	}
	return text, nil
}
