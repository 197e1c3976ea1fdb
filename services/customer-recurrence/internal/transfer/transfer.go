// Package transfer imports and exports all resources of the customer-recurrence service.
package transfer

import (
	"context"

	"google.golang.org/protobuf/proto"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/api"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/books"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/catalogue"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/customer"
	"github.com/continuo-billing/continuo/services/customer-recurrence/internal/recurrence"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/transfer"
)

// New is the TransferService of a service.
func New(service *books.Service) transferv1.TransferServiceServer {
	return transfer.New(resources{service})
}

// resources are those of the service; package books imports them.
type resources struct{ *books.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (any, error) {
	return api.ReadResource(message)
}

// Field is the field of the request that would create a resource.
func (resources) Field(resource any) string {
	switch resource.(type) {
	case customer.Customer:
		return "customer"
	case recurrence.Recurrence:
		return "recurrence"
	case catalogue.Package:
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
