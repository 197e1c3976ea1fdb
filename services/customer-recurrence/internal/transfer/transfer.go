// Package transfer imports and exports all resources of the customer-recurrence service.
package transfer

import (
	"context"

	"google.golang.org/protobuf/proto"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/domain"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// New is the TransferService of a service.
func New(service *domain.Service) transferv1.TransferServiceServer {
	return transfer.New(resources{service})
}

// resources are those of the service; the domain imports them.
type resources struct{ *domain.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (domain.Resource, error) {
	return api.ReadResource(message)
}

// Field is the field of the request that would create a resource.
func (resources) Field(resource domain.Resource) string {
	switch resource.(type) {
	case domain.Customer:
		return "customer"
	case domain.Recurrence:
		return "recurrence"
	case domain.Package:
		return "package"
	}
	return ""
}

// Export gives all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.Service.Export(ctx, tenant, func(resource any) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
