package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/lifecycle"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// AddSubscriptionInstalledItems adds installed items to a subscription.
func (s *actionServer) AddSubscriptionInstalledItems(ctx context.Context, request *pb.AddSubscriptionInstalledItemsRequest) (*pb.SubscriptionAction, error) {
	var r reading
	order := subscription.Order{Operation: lifecycle.AddInstalledItem}
	for i, item := range request.GetInstalledItems() {
		field := fmt.Sprintf("installed_items[%d]", i)
		order.Items = append(order.Items, subscription.ItemOrder{
			Field: field, Item: byID(field, reference[catalogue.ItemID](&r, installedItemName, field, item)),
		})
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}

// RemoveSubscriptionInstalledItems removes installed items from a subscription.
func (s *actionServer) RemoveSubscriptionInstalledItems(ctx context.Context, request *pb.RemoveSubscriptionInstalledItemsRequest) (*pb.SubscriptionAction, error) {
	return s.act(ctx, request, subscription.Order{Operation: lifecycle.RemoveInstalledItem, Items: presentItems(request.GetItemIds())}, nil)
}

// SwapSubscriptionInstalledItems swaps installed items of a subscription for others.
func (s *actionServer) SwapSubscriptionInstalledItems(ctx context.Context, request *pb.SwapSubscriptionInstalledItemsRequest) (*pb.SubscriptionAction, error) {
	var r reading
	order := subscription.Order{Operation: lifecycle.SwapInstalledItem}
	for i, swap := range request.GetSwaps() {
		path := fmt.Sprintf("swaps[%d].", i)
		asked := presentItem(path+"item_id", swap.GetItemId())
		asked.Item = byID(path+"installed_item", reference[catalogue.ItemID](&r, installedItemName, path+"installed_item", swap.GetInstalledItem()))
		order.Items = append(order.Items, asked)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s.act(ctx, request, order, nil)
}

// MoveSubscriptionInstalledItems moves installed items to another subscription.
func (s *actionServer) MoveSubscriptionInstalledItems(ctx context.Context, request *pb.MoveSubscriptionInstalledItemsRequest) (*pb.SubscriptionAction, error) {
	id, err := resourcename.ID[subscription.ID](subscriptionName, subscription.FieldDestination, request.GetDestination())
	if err != nil {
		return nil, err
	}
	return s.act(ctx, request, subscription.Order{
		Operation: lifecycle.MoveInstalledItem, Items: presentItems(request.GetItemIds()), Destination: byID(subscription.FieldDestination, id),
	}, nil)
}

// presentItems identifies installed items of a subscription by their ids, which were given in the field item_ids.
func presentItems(ids []string) (orders []subscription.ItemOrder) {
	for i, id := range ids {
		orders = append(orders, presentItem(fmt.Sprintf("item_ids[%d]", i), id))
	}
	return orders
}

func presentItem(field, id string) subscription.ItemOrder {
	return subscription.ItemOrder{Field: field, Present: subscription.PartUpdate{Field: field, ID: id}}
}

func itemChangesMessage(changes []subscription.ItemChange) (messages []*pb.InstalledItemChange) {
	for _, change := range changes {
		messages = append(messages, &pb.InstalledItemChange{
			Id: change.ID, InstalledItemBefore: installedItemName.Format(change.From), InstalledItemAfter: installedItemName.Format(change.To),
		})
	}
	return messages
}

func (r *reading) itemChanges(messages []*pb.InstalledItemChange) (changes []subscription.ItemChange) {
	for i, message := range messages {
		path := fmt.Sprintf("installed_items[%d].", i)
		changes = append(changes, subscription.ItemChange{
			ID:   message.GetId(),
			From: reference[catalogue.ItemID](r, installedItemName.Optional(), path+"installed_item_before", message.GetInstalledItemBefore()),
			To:   reference[catalogue.ItemID](r, installedItemName.Optional(), path+"installed_item_after", message.GetInstalledItemAfter()),
		})
	}
	return changes
}

func pastItemsMessage(past []subscription.PastInstallation) (messages []*pb.PastInstalledItem) {
	for _, item := range past {
		messages = append(messages, &pb.PastInstalledItem{
			Id: item.ID, InstalledItem: installedItemName.Format(item.Item), InstallDate: gtype.Date(item.Added), RemoveDate: gtype.Date(item.Ended),
			End: string(item.By), Destination: subscriptionName.Format(item.Destination),
		})
	}
	return messages
}

// pastItems reads what only an import sets.
func (r *reading) pastItems(messages []*pb.PastInstalledItem) (past []subscription.PastInstallation) {
	for i, message := range messages {
		path := fmt.Sprintf("subscription.past_installed_items[%d].", i)
		past = append(past, subscription.PastInstallation{
			ID: message.GetId(), Item: reference[catalogue.ItemID](r, installedItemName, path+"installed_item", message.GetInstalledItem()),
			Added: r.date(path+"install_date", message.GetInstallDate()), Ended: r.date(path+"remove_date", message.GetRemoveDate()),
			By:          lifecycle.Operation(message.GetEnd()),
			Destination: reference[subscription.ID](r, subscriptionName.Optional(), path+"destination", message.GetDestination()),
		})
	}
	return past
}
