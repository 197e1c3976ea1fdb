package webhooks

import (
	"context"
	"errors"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

// Server is the WebhookService of a store's endpoints.
type Server struct {
	pb.UnsafeWebhookServiceServer

	config    Config
	sender    *sender
	tokens    changes.Tokens
	pages     *pagetoken.Sealer
	endpoints mutation.Service[reader, writer]
}

// NewServer is the server of a store's endpoints.
func NewServer(config Config) *Server {
	return &Server{
		config: config, sender: newSender(config), tokens: changes.NewTokens(config.DB), pages: pagetoken.New(config.DB.PageTokenKey),
		endpoints: mutation.Service[reader, writer]{Store: newStore(config.DB), Clock: config.Clock},
	}
}

// result is what a mutation came to, as it is recorded under its idempotency key: without the secret, which is looked up
// by its number for as long as it is the present one.
type result struct {
	Endpoint endpoint `json:"endpoint"`
	// ShownSecret is the number of the secret that the caller is shown; 0: none.
	ShownSecret int64 `json:"shown_secret,omitempty"`
}

// present is what a caller is answered. An endpoint that is gone since has no deliveries and no secret.
func (s *Server) present(ctx context.Context, w writer, outcome result) (*pb.WebhookEndpoint, error) {
	message := outcome.Endpoint.message()
	now, err := w.endpoint(ctx, outcome.Endpoint.ID)
	if errors.Is(err, mutation.ErrNotFound) {
		return message, nil
	}
	if err != nil {
		return nil, err
	}
	if outcome.ShownSecret == now.number {
		message.Secret = string(now.secret)
	}
	message.Delivery, err = s.delivery(ctx, &now)
	return message, err
}

// find is an endpoint of the caller's.
func (s *Server) find(ctx context.Context, name string) (stored, error) {
	return mutation.Get(ctx, s.endpoints, endpoints.What, reader.endpoint, idIn(name))
}

// GetWebhookEndpoint reads an endpoint.
func (s *Server) GetWebhookEndpoint(ctx context.Context, request *pb.GetWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	found, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	return s.reading(ctx, &found)
}

// reading is an endpoint as readers see it.
func (s *Server) reading(ctx context.Context, of *stored) (message *pb.WebhookEndpoint, err error) {
	message = of.message()
	message.Delivery, err = s.delivery(ctx, of)
	return message, err
}

// ListWebhookEndpoints lists the caller's endpoints.
func (s *Server) ListWebhookEndpoints(ctx context.Context, request *pb.ListWebhookEndpointsRequest) (*pb.ListWebhookEndpointsResponse, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	bound := fmt.Sprintf("webhook endpoints of %q", caller.Tenant)
	var after string
	if err := s.pages.Open(ctx, bound, request.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := aip.Size(request.GetPageSize())
	found, err := mutation.Read(ctx, s.endpoints, func(ctx context.Context, r reader) ([]stored, error) { return r.list(ctx, after, size+1) })
	if err != nil {
		return nil, err
	}
	response := &pb.ListWebhookEndpointsResponse{}
	if len(found) > size {
		found = found[:size]
		if response.NextPageToken, err = s.pages.Seal(ctx, bound, found[size-1].ID); err != nil {
			return nil, err
		}
	}
	for _, one := range found {
		message, err := s.reading(ctx, &one)
		if err != nil {
			return nil, err
		}
		response.WebhookEndpoints = append(response.WebhookEndpoints, message)
	}
	return response, nil
}
