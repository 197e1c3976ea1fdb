// Package transfer imports and exports all resources of the subscription service over the TransferService.
package transfer

import (
	"context"

	"google.golang.org/protobuf/proto"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/intake"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/subscription/internal/api"
	"github.com/continuo-billing/continuo/services/subscription/internal/bulk"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// New is the TransferService of the service's resources.
func New(service *bulk.Service) transferv1.TransferServiceServer {
	return transfer.New(resources{service})
}

type resources struct{ service *bulk.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (resource.Resource, error) {
	return api.ReadImported(message)
}

// Field is the field of the request that would create a resource, as far as the domain names fields by it.
func (resources) Field(resource resource.Resource) string {
	switch resource.(type) {
	case *subscription.Subscription:
		return "subscription"
	case *organisation.User:
		return "user"
	}
	return ""
}

// Import imports resources.
func (r resources) Import(ctx context.Context, rows []resource.Resource) ([]intake.Outcome, error) {
	return r.service.Import(ctx, rows)
}

// Export exports all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.service.Export(ctx, tenant, func(resource resource.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
