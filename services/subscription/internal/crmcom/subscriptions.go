package crmcom

import (
	"context"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/platform/fault"
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
	return organisation.As(ctx, s.sessions, request.GetToken(), func(ctx context.Context) (*crmcomv2.UpdateSubscriptionResponse, error) {
		selection, err := selectFields(request.GetFieldsSet(), (*crmcomv2.Subscription)(nil))
		if err != nil {
			return nil, err
		}
		update, err := updateOf(request)
		if err != nil {
			return nil, err
		}
		view, err := s.service.Apply(ctx, update)
		if err != nil {
			return nil, fault.Rename(err, ownerField)
		}
		subscription := subscriptionOf(*view)
		if selection.limit(subscription) {
			subscription.Fields = selection
		}
		return &crmcomv2.UpdateSubscriptionResponse{Status: plainStatus(), Data: subscription}, nil
	})
}
