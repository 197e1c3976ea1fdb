package crmcom

import (
	"context"
	"fmt"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// items serves crmcom.v2.SubscriptionInstalledItemsService.
type items struct {
	crmcomv2.UnimplementedSubscriptionInstalledItemsServiceServer
	actions *actions
}

// AddInstalledItems adds installed items to a subscription.
func (s *items) AddInstalledItems(ctx context.Context, request *crmcomv2.SubscriptionInstalledItemsRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.AddInstalledItem)
}

// RemoveInstalledItems removes installed items from a subscription.
func (s *items) RemoveInstalledItems(ctx context.Context, request *crmcomv2.SubscriptionInstalledItemsRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.RemoveInstalledItem)
}

// SwapInstalledItems swaps an installed item of a subscription for another.
func (s *items) SwapInstalledItems(ctx context.Context, request *crmcomv2.SubscriptionInstalledItemsRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.SwapInstalledItem)
}

// MoveInstalledItems moves installed items to another subscription.
func (s *items) MoveInstalledItems(ctx context.Context, request *crmcomv2.SubscriptionInstalledItemsRequest) (*crmcomv2.SubscriptionActionResponse, error) {
	return s.act(ctx, request, lifecycle.MoveInstalledItem)
}

// act does what a request asks for.
func (s *items) act(ctx context.Context, request *crmcomv2.SubscriptionInstalledItemsRequest, operation lifecycle.Operation) (*crmcomv2.SubscriptionActionResponse, error) {
	ctx, answer, err := s.actions.begin(ctx, request.GetToken(), request.GetFieldsSet())
	if err != nil {
		return nil, err
	}
	order, err := orderOf(request, operation, answer.calendar)
	if err != nil {
		return nil, err
	}
	if err := checkItemMembers(request, operation); err != nil {
		return nil, err
	}
	if operation == lifecycle.SwapInstalledItem {
		order.Items = []subscription.ItemOrder{{
			Field: toItem, Present: presentItemOf(fromItem, request.GetFromInstalledItem()),
			Item: itemReference(toItem, request.GetToInstalledItem().GetInstalledItemIdentifier()),
		}}
	}
	for i, entry := range request.GetInstalledItemsSet() {
		path := fmt.Sprintf("%s[%d]", itemSet, i)
		asked := subscription.ItemOrder{Field: path, Present: presentItemOf(path, entry)}
		if operation == lifecycle.AddInstalledItem {
			asked.Item = itemReference(path, entry.GetInstalledItemIdentifier())
		}
		order.Items = append(order.Items, asked)
	}
	if to := request.GetToSubscriptionIdentifier(); to != nil {
		destination := subscriptionReference(to)
		destination.Field = toSubscription
		order.Destination = &destination
	}
	done, err := s.actions.submit(ctx, order, answer)
	return done, fault.Rename(err, func(field string) string {
		if field == subscription.FieldDestination {
			return toSubscription
		}
		return field
	})
}

// Members of requests that only some of the methods take.
const (
	itemSet        = "installed_items_set"
	fromItem       = "from_installed_item"
	toItem         = "to_installed_item"
	toSubscription = "to_subscription_identifier"
)

// checkItemMembers checks that a request has the members that its method needs, and no other one.
func checkItemMembers(request *crmcomv2.SubscriptionInstalledItemsRequest, operation lifecycle.Operation) error {
	swaps, moves := operation == lifecycle.SwapInstalledItem, operation == lifecycle.MoveInstalledItem
	for _, member := range []struct {
		name          string
		given, wanted bool
	}{
		{itemSet, len(request.GetInstalledItemsSet()) > 0, !swaps},
		{fromItem, request.FromInstalledItem != nil, swaps},
		{toItem, request.ToInstalledItem != nil, swaps},
		{toSubscription, request.ToSubscriptionIdentifier != nil, moves},
	} {
		switch {
		case member.wanted && !member.given:
			return fault.Required(member.name)
		case member.given && !member.wanted:
			return fault.InvalidField(member.name, reason.Inconsistent, "is not for %s; leave it out", operation)
		}
	}
	return nil
}

// presentItemOf identifies an installed item of a subscription.
func presentItemOf(path string, given *crmcomv2.InstalledItemParameter) subscription.PartUpdate {
	return subscription.PartUpdate{
		Field: path, IDField: "subscription_installed_item_id", ID: given.GetSubscriptionInstalledItemId(),
		Of: itemReference(path, given.GetInstalledItemIdentifier()),
	}
}
