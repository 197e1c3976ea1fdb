package api

import (
	"context"
	"fmt"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/subscription/internal/domain"
)

// subscriptions serves continuo.subscription.v1.SubscriptionService.
type subscriptions struct {
	pb.UnimplementedSubscriptionServiceServer
	system *domain.System
}

// CreateSubscription adds a subscription.
func (s *subscriptions) CreateSubscription(ctx context.Context, request *pb.CreateSubscriptionRequest) (*pb.Subscription, error) {
	subscription, err := newSubscription(request)
	if err != nil {
		return nil, err
	}
	subscription.State = domain.Effective
	if request.GetBusinessClassification() == pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION {
		subscription.State = domain.Draft
	}
	return create(ctx, s.system, subscription, request.GetValidateOnly(), subscriptionMessage)
}

// newSubscription leaves the state aside.
func newSubscription(request *pb.CreateSubscriptionRequest) (domain.Subscription, error) {
	var read reading
	subscription := read.subscription(request.GetSubscription())
	subscription.ID = domain.SubscriptionID(request.GetSubscriptionId())
	return subscription, read.Err()
}

// GetSubscription answers one subscription.
func (s *subscriptions) GetSubscription(ctx context.Context, request *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	return get(ctx, s.system, request.GetName(), subscriptionMessage)
}

// ListSubscriptions answers a page of subscriptions.
func (s *subscriptions) ListSubscriptions(ctx context.Context, request *pb.ListSubscriptionsRequest) (*pb.ListSubscriptionsResponse, error) {
	found, next, err := list(ctx, s.system, request.GetPageSize(), request.GetPageToken(), subscriptionMessage)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionsResponse{Subscriptions: found, NextPageToken: next}, nil
}

func (r *reading) subscription(message *pb.Subscription) domain.Subscription {
	subscription := domain.Subscription{
		Number:         message.GetNumber(),
		Rating:         word[domain.RatingState]("RATING_STATE_", message.GetRatingState()),
		FirstActivated: r.date("subscription.first_activated_date", message.GetFirstActivatedDate()),
		Account:        domain.AccountID(idOf(message.GetAccount())),
		Type:           domain.TypeID(idOf(message.GetSubscriptionType())),
		Group:          domain.GroupID(idOf(message.GetGroup())),
		PrivacyLevel:   domain.PrivacyLevelID(idOf(message.GetPrivacyLevel())),
		Fields:         r.userFields("subscription.user_defined_fields", message.GetUserDefinedFields()),
	}
	if notes := message.GetNotes(); notes != "" {
		subscription.Notes = &notes
	}
	for i, service := range message.GetServices() {
		subscription.Services = append(subscription.Services, domain.Service{
			ID: service.GetId(), Product: domain.ProductID(idOf(service.GetProduct())),
			Fields: r.userFields(fmt.Sprintf("subscription.services[%d].user_defined_fields", i), service.GetUserDefinedFields()),
		})
	}
	for i, item := range message.GetInstalledItems() {
		subscription.Items = append(subscription.Items, domain.Installation{
			ID: item.GetId(), Item: domain.ItemID(idOf(item.GetInstalledItem())),
			Fields: r.userFields(fmt.Sprintf("subscription.installed_items[%d].user_defined_fields", i), item.GetUserDefinedFields()),
		})
	}
	return subscription
}

func subscriptionMessage(subscription domain.Subscription) *pb.Subscription {
	etag, created, updated := versions(subscription.Record)
	message := &pb.Subscription{
		Name:               domain.Name(&subscription),
		Number:             subscription.Number,
		State:              enum[pb.LifeCycleState]("LIFE_CYCLE_STATE_", pb.LifeCycleState_value, subscription.State),
		RatingState:        enum[pb.RatingState]("RATING_STATE_", pb.RatingState_value, subscription.Rating),
		FirstActivatedDate: gtype.Date(subscription.FirstActivated),
		Account:            nameOf(domain.KindAccount, subscription.Account),
		SubscriptionType:   nameOf(domain.KindSubscriptionType, subscription.Type),
		Group:              nameOf(domain.KindGroup, subscription.Group),
		PrivacyLevel:       nameOf(domain.KindPrivacyLevel, subscription.PrivacyLevel),
		UserDefinedFields:  userFieldsMessage(subscription.Fields),
		Etag:               etag, CreateTime: created, UpdateTime: updated,
	}
	if subscription.Notes != nil {
		message.Notes = *subscription.Notes
	}
	for _, service := range subscription.Services {
		message.Services = append(message.Services, &pb.SubscribedService{
			Id: service.ID, Product: nameOf(domain.KindProduct, service.Product), UserDefinedFields: userFieldsMessage(service.Fields),
		})
	}
	for _, item := range subscription.Items {
		message.InstalledItems = append(message.InstalledItems, &pb.SubscribedItem{
			Id: item.ID, InstalledItem: nameOf(domain.KindInstalledItem, item.Item), UserDefinedFields: userFieldsMessage(item.Fields),
		})
	}
	return message
}
