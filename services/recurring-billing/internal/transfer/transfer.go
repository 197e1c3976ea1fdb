// Package transfer takes in and gives out all that a tenant has: items, bill-tos, master accounts and recurring lines with
// their rates, cancellations and pending credits; the billing profile and the billing schedule; and the books, which are
// the cycle runs that have ended, invoices and credit notes, under their numbers, with what those print of accounts and
// sellers that have changed since.
package transfer

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
)

// Register adds the TransferService of books to a gRPC server.
func Register(registrar grpc.ServiceRegistrar, b *books.Service) {
	pb.RegisterTransferServiceServer(registrar, server{Server: transfer.New(resources{b})})
}

type server struct {
	pb.UnsafeTransferServiceServer
	*transfer.Server[books.Resource]
}

// resources are those of the books; the domain imports them.
type resources struct{ *books.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (books.Resource, error) {
	return api.ReadResource(message)
}

// Field is none: the domain names fields as they stand in a resource.
func (resources) Field(books.Resource) string { return "" }

// Export gives out all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.Service.Export(ctx, tenant, func(resource books.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
