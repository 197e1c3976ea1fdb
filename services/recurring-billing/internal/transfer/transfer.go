// Package transfer takes in and gives out what recurring billing bills: items, bill-tos, master accounts and recurring
// lines with their rates and cancellations. What was billed stays where it was: invoices, credit notes, cycle runs,
// schedules and the billing profile; the lines' next cycle dates see to it that nothing is billed again. A credit that no
// invoice carries yet does not move either, though its line tells of it: bill it first.
package transfer

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/domain"
)

// Register adds the TransferService of a service to a gRPC server.
func Register(registrar grpc.ServiceRegistrar, service *domain.Service) {
	pb.RegisterTransferServiceServer(registrar, server{Server: transfer.New(resources{service})})
}

type server struct {
	pb.UnsafeTransferServiceServer
	*transfer.Server[domain.Resource]
}

// resources are those of the service; the domain imports them.
type resources struct{ *domain.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (domain.Resource, error) {
	return api.ReadResource(message)
}

// Field is none: the domain names fields as they stand in a resource.
func (resources) Field(domain.Resource) string { return "" }

// Export gives out all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.Service.Export(ctx, tenant, func(resource domain.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
