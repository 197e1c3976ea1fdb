// Package api serves the native API, continuo.subscription.v1. It translates between messages and
// the domain and contains no rules.
package api

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// Services are the domain services that the handlers call.
type Services struct {
	Subscriptions *subscription.Service
	Accounts      *account.Service
	Catalogue     *catalogue.Service
	Organisations *organisation.Service
	// Sealer seals the page tokens.
	Sealer aip.Sealer
}

// Register adds the native services to a server.
func Register(registrar grpc.ServiceRegistrar, services Services) {
	pb.RegisterSubscriptionServiceServer(registrar, &subscriptionServer{service: services.Subscriptions, sealer: services.Sealer})
	pb.RegisterAccountServiceServer(registrar, &accountServer{service: services.Accounts, sealer: services.Sealer})
	pb.RegisterCatalogueServiceServer(registrar, &catalogueServer{service: services.Catalogue, sealer: services.Sealer})
	pb.RegisterOrganisationServiceServer(registrar, &organisationServer{service: services.Organisations, sealer: services.Sealer})
}

// create adds a resource and returns it as a message.
func create[T, M any](
	ctx context.Context, resource T,
	do func(context.Context, T, ...mutation.Option) (T, error), message func(T) M,
) (response M, err error) {
	created, err := do(ctx, resource)
	if err != nil {
		return response, err
	}
	return message(created), nil
}

// get returns the resource with a name as a message.
func get[ID ~string, T, M any](
	ctx context.Context, pattern resourcename.Pattern, name string, find func(context.Context, ID) (T, error), message func(T) M,
) (response M, err error) {
	id, err := resourcename.ID[ID](pattern, "name", name)
	if err != nil {
		return response, err
	}
	found, err := find(ctx, id)
	if err != nil {
		return response, err
	}
	return message(found), nil
}

// list returns a page of resources as messages, and the token of the next page.
func list[T any, M proto.Message](
	ctx context.Context, sealer aip.Sealer, spec listing.Spec[T], request aip.Request,
	read func(context.Context, listing.Query) ([]T, error), message func(T) M,
) ([]M, string, error) {
	return aip.List(ctx, sealer, spec, request, read, infallible(message))
}
