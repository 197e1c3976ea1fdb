package webhooks

import (
	"context"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/id"
)

// PingWebhookEndpoint sends a test event.
func (s *Server) PingWebhookEndpoint(ctx context.Context, request *pb.PingWebhookEndpointRequest) (*pb.PingWebhookEndpointResponse, error) {
	found, err := s.find(ctx, request.GetName())
	if err != nil {
		return nil, err
	}
	body, err := ping(&found, s.config.Clock.Now())
	if err != nil {
		return nil, err
	}
	attempt, err := s.attempt(ctx, &found, "msg_"+id.New(), body)
	if err != nil {
		return nil, err
	}
	return &pb.PingWebhookEndpointResponse{Attempt: attempt}, nil
}

// attempt sends a message once and returns the result.
func (s *Server) attempt(ctx context.Context, to *stored, message string, body []byte) (*pb.DeliveryAttempt, error) {
	sent, err := s.sender.send(ctx, to, message, body)
	if err == nil && !sent.delivered() && ctx.Err() != nil {
		// The caller stopped waiting, which says nothing about the endpoint.
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	return &pb.DeliveryAttempt{MessageId: message, Delivered: sent.delivered(), HttpStatus: int32(sent.status), Error: sent.reason}, nil
}
