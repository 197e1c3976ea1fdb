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
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// New is the TransferService of the service's resources.
func New(service *domain.BulkService) transferv1.TransferServiceServer {
	return transfer.New(resources{service})
}

type resources struct{ service *domain.BulkService }

// Read reads a resource.
func (resources) Read(message proto.Message) (domain.Resource, error) {
	return api.ReadImported(message)
}

// Field is the field of the request that would create a resource, as far as the domain names fields by it.
func (resources) Field(resource domain.Resource) string {
	switch resource.(type) {
	case *domain.Subscription:
		return "subscription"
	case *domain.User:
		return "user"
	}
	return ""
}

// Import imports resources.
func (r resources) Import(ctx context.Context, rows []domain.Resource) ([]intake.Outcome, error) {
	return r.service.Import(ctx, rows)
}

// Export exports all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.service.Export(ctx, tenant, func(resource domain.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
