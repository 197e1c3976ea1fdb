package api

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/emptypb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/gtype"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
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

var subscriptions = kind[subscription.ID, subscription.Subscription, *pb.Subscription]{
	pattern: subscriptionName, field: "subscription", list: subscriptionList, message: subscriptionMessage, read: (*reading).subscription,
	setID: func(r *subscription.Subscription, id subscription.ID) { r.ID = id },
}

// CreateSubscription adds a subscription.
func (s *subscriptionServer) CreateSubscription(ctx context.Context, request *pb.CreateSubscriptionRequest) (*pb.Subscription, error) {
	return subscriptions.create(ctx, request.GetSubscription(), request.GetSubscriptionId(),
		func(ctx context.Context, given subscription.Subscription, options ...mutation.Option) (subscription.Subscription, error) {
			given.State = subscription.Effective
			if request.GetBusinessClassification() == pb.BusinessClassification_BUSINESS_CLASSIFICATION_CREATE_DRAFT_SUBSCRIPTION {
				given.State = subscription.Draft
			}
			var r reading
			asked := subscription.New{Subscription: given, Opening: r.termsChange("billing_terms.", request.GetBillingTerms())}
			asked.Details = r.creationDetails("details.", request.GetDetails())
			asked.Performer, asked.Type, asked.SubType = referencesOf("details.", asked.Details)
			if r.Err() != nil {
				return subscription.Subscription{}, r.Err()
			}
			created, err := s.service.Create(ctx, asked, options...)
			return created, fault.Rename(err, creationField)
		})
}

// GetSubscription returns a subscription.
func (s *subscriptionServer) GetSubscription(ctx context.Context, request *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	return subscriptions.get(ctx, request.GetName(), s.service.Get)
}

// BatchGetSubscriptions returns several subscriptions.
func (s *subscriptionServer) BatchGetSubscriptions(ctx context.Context, request *pb.BatchGetSubscriptionsRequest) (*pb.BatchGetSubscriptionsResponse, error) {
	found, err := subscriptions.batchGet(ctx, request.GetNames(), s.service.List)
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetSubscriptionsResponse{Subscriptions: found}, nil
}

// ListSubscriptions returns a page of subscriptions.
func (s *subscriptionServer) ListSubscriptions(ctx context.Context, request *pb.ListSubscriptionsRequest) (*pb.ListSubscriptionsResponse, error) {
	found, next, err := subscriptions.page(ctx, s.sealer, request, s.service.List)
	if err != nil {
		return nil, err
	}
	return &pb.ListSubscriptionsResponse{Subscriptions: found, NextPageToken: next}, nil
}

// UpdateSubscription changes a subscription.
func (s *subscriptionServer) UpdateSubscription(ctx context.Context, request *pb.UpdateSubscriptionRequest) (*pb.Subscription, error) {
	return update(ctx, subscriptions, request.GetSubscription(), request.GetUpdateMask(), s.service.Update)
}

// DeleteSubscription removes a subscription that nothing refers to.
func (s *subscriptionServer) DeleteSubscription(ctx context.Context, request *pb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	return subscriptions.remove(ctx, request.GetName(), request.GetEtag(), s.service.Delete)
}

func (r *reading) subscription(message *pb.Subscription, into *subscription.Subscription) {
	into.Number = r.key("subscription.number", message.GetNumber())
	into.Rating = word[subscription.RatingState]("RATING_STATE_", message.GetRatingState())
	into.FirstActivated = r.date("subscription.first_activated_date", message.GetFirstActivatedDate())
	into.Account = reference[account.ID](r, accountName, "subscription.account", message.GetAccount())
	into.Type = reference[catalogue.TypeID](r, subscriptionTypeName, "subscription.subscription_type", message.GetSubscriptionType())
	into.Group = reference[catalogue.GroupID](r, groupName.Optional(), "subscription.group", message.GetGroup())
	into.PrivacyLevel = reference[catalogue.PrivacyLevelID](r, privacyLevelName.Optional(), "subscription.privacy_level", message.GetPrivacyLevel())
	into.Fields = r.userFields("subscription.user_defined_fields", message.GetUserDefinedFields())
	if notes := message.GetNotes(); notes != "" {
		into.Notes = &notes
	} else if into.Notes != nil && *into.Notes != "" {
		into.Notes = nil
	}
	into.Services, into.Items = r.services(message.GetServices()), r.items(message.GetInstalledItems())
}

func (r *reading) services(messages []*pb.SubscribedService) (services []subscription.SubscribedService) {
	for i, service := range messages {
		path := fmt.Sprintf("subscription.services[%d].", i)
		services = append(services, subscription.SubscribedService{
			ID:         chosenID[string](r, path+"id", service.GetId()),
			Product:    reference[catalogue.ProductID](r, productName, path+"product", service.GetProduct()),
			Fields:     r.userFields(path+"user_defined_fields", service.GetUserDefinedFields()),
			Components: r.components(path+"components", service.GetComponents()),
		})
	}
	return services
}

// serviceLife reads what only an import sets.
func (r *reading) serviceLife(path string, message *pb.SubscribedService) subscription.ServiceLife {
	return subscription.ServiceLife{
		State:          word[subscription.LifeCycleState](serviceStatePrefix, message.GetState()),
		Before:         word[subscription.LifeCycleState](serviceStatePrefix, message.GetStateBeforeRest()),
		FirstActivated: r.date(path+"first_activated_date", message.GetFirstActivatedDate()),
		Added:          r.date(path+"add_date", message.GetAddDate()),
		Ended:          r.date(path+"end_date", message.GetEndDate()),
	}
}

func (r *reading) items(messages []*pb.SubscribedItem) (items []subscription.Installation) {
	for i, item := range messages {
		path := fmt.Sprintf("subscription.installed_items[%d].", i)
		items = append(items, subscription.Installation{
			ID:     chosenID[string](r, path+"id", item.GetId()),
			Item:   reference[catalogue.ItemID](r, installedItemName, path+"installed_item", item.GetInstalledItem()),
			Fields: r.userFields(path+"user_defined_fields", item.GetUserDefinedFields()),
		})
	}
	return items
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
		StateEndDate:       gtype.Date(subscription.Until),
		RestStartDate:      gtype.Date(subscription.Since),
		StateBeforeRest:    enum[pb.LifeCycleState](statePrefix, pb.LifeCycleState_value, subscription.Before),
		Etag:               etag, CreateTime: created, UpdateTime: updated,
	}
	if subscription.Notes != nil {
		message.Notes = *subscription.Notes
	}
	for _, service := range subscription.Services {
		message.Services = append(message.Services, &pb.SubscribedService{
			Id: service.ID, Product: productName.Format(service.Product), UserDefinedFields: userFieldsMessage(service.Fields),
			State:              enum[pb.ServiceState](serviceStatePrefix, pb.ServiceState_value, service.State),
			StateBeforeRest:    enum[pb.ServiceState](serviceStatePrefix, pb.ServiceState_value, service.Before),
			FirstActivatedDate: gtype.Date(service.FirstActivated), AddDate: gtype.Date(service.Added), EndDate: gtype.Date(service.Ended),
			Components: componentNames(service.Components),
		})
	}
	for _, item := range subscription.Items {
		message.InstalledItems = append(message.InstalledItems, &pb.SubscribedItem{
			Id: item.ID, InstalledItem: installedItemName.Format(item.Item), UserDefinedFields: userFieldsMessage(item.Fields),
			InstallDate: gtype.Date(item.Added),
		})
	}
	for _, terms := range subscription.Terms {
		message.BillingTerms = append(message.BillingTerms, termsMessage(&terms))
	}
	message.PastInstalledItems = pastItemsMessage(subscription.PastItems)
	return message
}
