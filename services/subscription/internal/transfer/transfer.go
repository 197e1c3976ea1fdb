// Package transfer takes in and gives out all resources of the subscription service.
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

// New is the TransferService of a system.
func New(system *domain.System) transferv1.TransferServiceServer {
	return transfer.New(resources{system})
}

type resources struct{ system *domain.System }

// Read reads a resource.
func (resources) Read(message proto.Message) (domain.Resource, error) { return api.ReadMoved(message) }

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

// Import takes resources in.
func (r resources) Import(ctx context.Context, rows []domain.Resource) ([]intake.Outcome, error) {
	return r.system.TakeIn(ctx, rows)
}

// Export gives out all resources as messages.
func (r resources) Export(ctx context.Context, tenant auth.Tenant, give func(proto.Message) error) error {
	return r.system.GiveOut(ctx, tenant, func(resource domain.Resource) error {
		message, err := api.Message(resource)
		if err != nil {
			return err
		}
		return give(message)
	})
}
