package webhooks

import (
	"context"
	"errors"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/page"
)

// Server is the WebhookService of a store's endpoints.
type Server struct {
	pb.UnsafeWebhookServiceServer

	config    Config
	sender    *sender
	endpoints mutation.Service[reader, writer]
}

// NewServer is the server of a store's endpoints.
func NewServer(config Config) *Server {
	return &Server{
		config: config, sender: newSender(config),
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
func present(ctx context.Context, w writer, outcome result) (*pb.WebhookEndpoint, error) {
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
	message.Delivery, err = now.delivery()
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
	return found.reading()
}

// reading is an endpoint as readers see it.
func (s *stored) reading() (message *pb.WebhookEndpoint, err error) {
	message = s.message()
	message.Delivery, err = s.delivery()
	return message, err
}

// ListWebhookEndpoints lists the caller's endpoints.
func (s *Server) ListWebhookEndpoints(ctx context.Context, request *pb.ListWebhookEndpointsRequest) (*pb.ListWebhookEndpointsResponse, error) {
	var after string
	if err := page.Decode(request.GetPageToken(), &after); err != nil {
		return nil, err
	}
	size := page.Size(request.GetPageSize())
	found, err := mutation.Read(ctx, s.endpoints, func(ctx context.Context, r reader) ([]stored, error) { return r.list(ctx, after, size+1) })
	if err != nil {
		return nil, err
	}
	response := &pb.ListWebhookEndpointsResponse{}
	if len(found) > size {
		found = found[:size]
		if response.NextPageToken, err = page.Encode(found[size-1].ID); err != nil {
			return nil, err
		}
	}
	for _, one := range found {
		message, err := one.reading()
		if err != nil {
			return nil, err
		}
		response.WebhookEndpoints = append(response.WebhookEndpoints, message)
	}
	return response, nil
}

func errNoToken() error {
	return fault.InvalidField("after", reason.InvalidChangeToken, "is no token of this feed")
}
