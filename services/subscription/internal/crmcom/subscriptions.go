package crmcom

import (
	"context"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// subscriptions serves crmcom.v2.SubscriptionsService.
type subscriptions struct {
	crmcomv2.UnimplementedSubscriptionsServiceServer
	service  *subscription.Service
	sessions *organisation.Service
}

// UpdateSubscription applies all changes of the request or none.
func (s *subscriptions) UpdateSubscription(ctx context.Context, request *crmcomv2.UpdateSubscriptionRequest) (*crmcomv2.UpdateSubscriptionResponse, error) {
	by, err := s.sessions.Authenticate(ctx, request.GetToken())
	if err != nil {
		return nil, err
	}
	selection, err := selectFields(request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	update, err := updateOf(request)
	if err != nil {
		return nil, err
	}
	view, err := s.service.Apply(auth.With(ctx, by), update)
	if err != nil {
		return nil, err
	}
	subscription := subscriptionOf(view)
	selection.limit(subscription)
	return &crmcomv2.UpdateSubscriptionResponse{
		// The vendor's example has empty texts here, where other responses have null.
		Status: &crmcomv2.Status{Code: proto.String("OK"), Message: proto.String(""), Description: proto.String("")},
		Data:   subscription,
	}, nil
}
