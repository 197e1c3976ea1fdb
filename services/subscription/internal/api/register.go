// Package api serves the native API continuo.subscription.v1. It translates between the API's messages and the domain
// and decides nothing.
package api

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/page"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// Register adds the API's services to a server.
func Register(registrar grpc.ServiceRegistrar, system *domain.System) {
	pb.RegisterSubscriptionServiceServer(registrar, &subscriptions{system: system})
	pb.RegisterAccountServiceServer(registrar, &accounts{system: system})
	pb.RegisterCatalogueServiceServer(registrar, &catalogue{system: system})
	pb.RegisterOrganisationServiceServer(registrar, &organisations{system: system})
}

// pointer is a domain resource that is a pointer to T.
type pointer[T any] interface {
	*T
	domain.Resource
}

// create adds a resource and answers it as a message.
func create[T any, P pointer[T], M any](ctx context.Context, system *domain.System, resource T, validateOnly bool, message func(T) M) (M, error) {
	var none M
	by, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	created, err := domain.Create[T, P](ctx, system, by, resource, validateOnly)
	if err != nil {
		return none, err
	}
	return message(created), nil
}

// get answers the resource of a name as a message.
func get[T any, P pointer[T], M any](ctx context.Context, system *domain.System, name string, message func(T) M) (M, error) {
	var none M
	by, err := auth.From(ctx)
	if err != nil {
		return none, err
	}
	found, err := domain.Get[T, P](ctx, system, by.Tenant, idOf(name))
	if err != nil {
		return none, err
	}
	return message(found), nil
}

// list answers a page of resources as messages, and the token of the next.
func list[T any, P pointer[T], M any](ctx context.Context, system *domain.System, size int32, token string, message func(T) M) ([]M, string, error) {
	by, err := auth.From(ctx)
	if err != nil {
		return nil, "", err
	}
	var after string
	if err := page.Decode(token, &after); err != nil {
		return nil, "", err
	}
	found, more, err := domain.List[T, P](ctx, system, by.Tenant, after, page.Size(size))
	if err != nil {
		return nil, "", err
	}
	messages := make([]M, len(found))
	for i, resource := range found {
		messages[i] = message(resource)
	}
	if !more {
		return messages, "", nil
	}
	next, err := page.Encode(P(&found[len(found)-1]).Key())
	return messages, next, err
}

// idOf is the id in a resource's name, `groups/G1` or nothing.
func idOf(name string) string {
	_, id, _ := strings.Cut(name, "/")
	return id
}

// nameOf is the name of the resource of a kind with an id, nothing for no id.
func nameOf[T ~string](kind domain.Kind, id T) string {
	if id == "" {
		return ""
	}
	return string(kind) + "/" + string(id)
}
