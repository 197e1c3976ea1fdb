package webhooks

import (
	"context"
	"errors"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/pagetoken"
)

// Server implements WebhookService for the endpoints of a store.
type Server struct {
	pb.UnsafeWebhookServiceServer

	config    Config
	sender    *sender
	tokens    changes.Tokens
	pages     *pagetoken.Sealer
	endpoints mutation.Service[reader, writer]
}

// NewServer returns a server for the endpoints of a store.
func NewServer(config Config) *Server {
	return &Server{
		config: config, sender: newSender(config, config.pingTimeout()), tokens: changes.NewTokens(config.DB), pages: pagetoken.New(config.DB.PageTokenKey),
		endpoints: mutation.Service[reader, writer]{Store: newStore(config.DB), Clock: config.Clock},
	}
}

// result is the outcome of a mutation as recorded under its idempotency key. It does not contain
// the secret; while the secret is current, it is looked up by its number, for the actor who made the
// mutation. An idempotency key counts for the whole tenant, so others can repeat the request.
type result struct {
	Endpoint endpoint `json:"endpoint"`
	// ShownSecret is the number of the secret to reveal; 0 for none.
	ShownSecret int64 `json:"shown_secret,omitempty"`
	// ShownTo is the actor to whom the secret may be shown again.
	ShownTo string `json:"shown_to,omitempty"`
}

// present returns the response to a mutation. If the endpoint has since been removed, the response
// has neither deliveries nor a secret.
func (s *Server) present(ctx context.Context, w writer, outcome result) (*pb.WebhookEndpoint, error) {
	message := outcome.Endpoint.message()
	now, err := w.endpoint(ctx, outcome.Endpoint.ID)
	if errors.Is(err, mutation.ErrNotFound) {
		return message, nil
	}
	if err != nil {
		return nil, err
	}
	if outcome.ShownSecret == now.number && outcome.ShownTo == w.Caller().Actor {
		message.Secret = string(now.secret)
	}
	message.Delivery, err = s.delivery(ctx, &now)
	return message, err
}

// find returns an endpoint of the caller's tenant.
func (s *Server) find(ctx context.Context, name string) (stored, error) {
	return mutation.Get(ctx, s.endpoints, endpoints.What, reader.endpoint, idIn(name))
}

// GetWebhookEndpoint returns an endpoint.
func (s *Server) GetWebhookEndpoint(ctx context.Context, request *pb.GetWebhookEndpointRequest) (*pb.WebhookEndpoint, error) {
	found, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	return s.reading(ctx, &found)
}

// reading returns the message of an endpoint with its deliveries.
func (s *Server) reading(ctx context.Context, of *stored) (message *pb.WebhookEndpoint, err error) {
	message = of.message()
	message.Delivery, err = s.delivery(ctx, of)
	return message, err
}
