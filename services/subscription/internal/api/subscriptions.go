package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/subscription/internal/account"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
)

// subscriptionServer serves continuo.subscription.v1.SubscriptionService.
type subscriptionServer struct {
	pb.UnimplementedSubscriptionServiceServer
	service *subscription.Service
	sealer  aip.Sealer
}

// CreateSubscription adds a subscription.
func (s *subscriptionServer) CreateSubscription(ctx context.Context, request *pb.CreateSubscriptionRequest) (*pb.Subscription, error) {
	read, err := newSubscription(request)
	if err != nil {
		return nil, err
	}
	read.State = subscription.Effective
	if request.GetBusinessClassification() == pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION {
		read.State = subscription.Draft
	}
	return create(ctx, read, s.service.Create, subscriptionMessage)
}

// newSubscription converts the request except for the state.
func newSubscription(request *pb.CreateSubscriptionRequest) (subscription.Subscription, error) {
	var r reading
	read := r.subscription(request.GetSubscription())
	read.ID = subscription.ID(request.GetSubscriptionId())
	return read, r.Err()
}

// GetSubscription returns one subscription.
func (s *subscriptionServer) GetSubscription(ctx context.Context, request *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	return get(ctx, subscriptionName, request.GetName(), s.service.Get, subscriptionMessage)
}

// ListSubscriptions returns a page of subscriptions.
func (s *subscriptionServer) ListSubscriptions(ctx context.Context, request *pb.ListSubscriptionsRequest) (*pb.ListSubscriptionsResponse, error) {
	found, next, err := list(ctx, s.sealer, subscriptionList, request, s.service.List, subscriptionMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionsResponse{Subscriptions: found, NextPageToken: next}, nil
}

func (r *reading) subscription(message *pb.Subscription) subscription.Subscription {
	read := subscription.Subscription{
		Number:         message.GetNumber(),
		Rating:         word[subscription.RatingState]("RATING_STATE_", message.GetRatingState()),
		FirstActivated: r.date("subscription.first_activated_date", message.GetFirstActivatedDate()),
		Account:        reference[account.ID](r, accountName, "subscription.account", message.GetAccount()),
		Type:           reference[catalogue.TypeID](r, subscriptionTypeName, "subscription.subscription_type", message.GetSubscriptionType()),
		Group:          reference[catalogue.GroupID](r, groupName.Optional(), "subscription.group", message.GetGroup()),
		PrivacyLevel:   reference[catalogue.PrivacyLevelID](r, privacyLevelName.Optional(), "subscription.privacy_level", message.GetPrivacyLevel()),
		Fields:         r.userFields("subscription.user_defined_fields", message.GetUserDefinedFields()),
	}
	if notes := message.GetNotes(); notes != "" {
		read.Notes = &notes
	}
	for i, service := range message.GetServices() {
		path := fmt.Sprintf("subscription.services[%d].", i)
		read.Services = append(read.Services, subscription.SubscribedService{
			ID:      service.GetId(),
			Product: reference[catalogue.ProductID](r, productName, path+"product", service.GetProduct()),
			Fields:  r.userFields(path+"user_defined_fields", service.GetUserDefinedFields()),
		})
	}
	for i, item := range message.GetInstalledItems() {
		path := fmt.Sprintf("subscription.installed_items[%d].", i)
		read.Items = append(read.Items, subscription.Installation{
			ID:     item.GetId(),
			Item:   reference[catalogue.ItemID](r, installedItemName, path+"installed_item", item.GetInstalledItem()),
			Fields: r.userFields(path+"user_defined_fields", item.GetUserDefinedFields()),
		})
	}
	return read
}

func subscriptionMessage(subscription subscription.Subscription) *pb.Subscription {
	etag, created, updated := versions(subscription.Revision)
	message := &pb.Subscription{
		Name:               subscriptionName.Format(subscription.ID),
		Number:             subscription.Number,
		State:              enum[pb.LifeCycleState]("LIFE_CYCLE_STATE_", pb.LifeCycleState_value, subscription.State),
		RatingState:        enum[pb.RatingState]("RATING_STATE_", pb.RatingState_value, subscription.Rating),
		FirstActivatedDate: gtype.Date(subscription.FirstActivated),
		Account:            accountName.Format(subscription.Account),
		SubscriptionType:   subscriptionTypeName.Format(subscription.Type),
		Group:              groupName.Format(subscription.Group),
		PrivacyLevel:       privacyLevelName.Format(subscription.PrivacyLevel),
		UserDefinedFields:  userFieldsMessage(subscription.Fields),
		Etag:               etag, CreateTime: created, UpdateTime: updated,
	}
	if subscription.Notes != nil {
		message.Notes = *subscription.Notes
	}
	for _, service := range subscription.Services {
		message.Services = append(message.Services, &pb.SubscribedService{
			Id: service.ID, Product: productName.Format(service.Product), UserDefinedFields: userFieldsMessage(service.Fields),
		})
	}
	for _, item := range subscription.Items {
		message.InstalledItems = append(message.InstalledItems, &pb.SubscribedItem{
			Id: item.ID, InstalledItem: installedItemName.Format(item.Item), UserDefinedFields: userFieldsMessage(item.Fields),
		})
	}
	return message
}
