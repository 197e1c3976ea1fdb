// Package transfer imports and exports all that a tenant has: items, bill-tos, master accounts and recurring lines with
// their rates, cancellations and pending credits; the billing profile and the billing schedule; and the books, which are
// the cycle runs that have ended, invoices and credit notes, under their numbers, with what those print of accounts and
// sellers that have changed since.
package transfer

import (
	"context"

	"google.golang.org/protobuf/proto"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/transfer"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/api"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/books"
)

// New is the TransferService of the books.
func New(service *books.Service) transferv1.TransferServiceServer {
	return transfer.New(resources{service})
}

// resources are those of the books; the domain imports them.
type resources struct{ *books.Service }

// Read reads a resource.
func (resources) Read(message proto.Message) (books.Resource, error) {
	return api.ReadResource(message)
}

// Field is none: the domain names fields as they stand in a resource.
func (resources) Field(books.Resource) string { return "" }

// Export gives all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.Service.Export(ctx, tenant, func(resource books.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
